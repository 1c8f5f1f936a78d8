"""What is true: the specification, the equations and the theorems. No iteration, no solver."""

if "." not in __name__:
    raise ImportError("this folder is part of detequiv: import detequiv, then use detequiv.theory")

from .activations import Activation as Activation
from .blas import one_thread as one_thread
from .closed_forms import isotropic_effective_ridge as isotropic_effective_ridge
from .closed_forms import isotropic_inflation as isotropic_inflation
from .closed_forms import isotropic_ridge as isotropic_ridge
from .corollaries import corollary_1 as corollary_1
from .corollaries import corollary_4 as corollary_4
from .corollaries import corollary_4_printed as corollary_4_printed
from .covariance import Covariance as Covariance
from .decomposition import Decomposition as Decomposition
from .degrees import degrees_of_freedom as degrees_of_freedom
from .errors import ShapeError as ShapeError
from .errors import SolveError as SolveError
from .errors import SpecError as SpecError
from .fixed_point import FixedPoint as FixedPoint
from .generators import chain_quality as chain_quality
from .generators import chain_shift as chain_shift
from .iterative import corollary_3 as corollary_3
from .iterative import corollary_3_finite as corollary_3_finite
from .iterative import corollary_3_reused as corollary_3_reused
from .iterative import corollary_3_reused_finite as corollary_3_reused_finite
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
from .propositions import PaperVariables as PaperVariables
from .propositions import collapse_plateau as collapse_plateau
from .propositions import collapse_plateau_printed as collapse_plateau_printed
from .single_step import corollary_2 as corollary_2
from .single_step import corollary_2_printed as corollary_2_printed
from .single_step import optimal_weight as optimal_weight
from .single_step import optimal_weight_printed as optimal_weight_printed
from .single_step import weighted_mixing as weighted_mixing
from .spectrum import Spectrum as Spectrum
from .spectrum import isotropic as isotropic
from .spectrum import power_law as power_law
