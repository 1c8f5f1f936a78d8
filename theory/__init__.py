"""What is true: the specification, the equations and the theorems. No iteration, no solver."""

if "." not in __name__:
    raise ImportError("this folder is part of detequiv: import detequiv, then use detequiv.theory")

from .activations import Activation as Activation
from .covariance import Covariance as Covariance
from .decomposition import Decomposition as Decomposition
from .errors import ShapeError as ShapeError
from .errors import SolveError as SolveError
from .errors import SpecError as SpecError
from .fixed_point import FixedPoint as FixedPoint
from .mixing import label_shift as label_shift
from .mixing import mixing_weights as mixing_weights
from .models import Linear as Linear
from .models import OrthogonalProjection as OrthogonalProjection
from .models import RandomFeatures as RandomFeatures
from .models import RandomProjection as RandomProjection
from .moments import Fixed as Fixed
from .moments import Moments as Moments
from .problem import Problem as Problem
from .problem import Source as Source
from .problem import Target as Target
from .spectrum import Spectrum as Spectrum
from .spectrum import degrees_of_freedom as degrees_of_freedom
from .spectrum import isotropic as isotropic
from .spectrum import power_law as power_law
