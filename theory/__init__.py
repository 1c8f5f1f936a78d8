"""Specification, equations and closed forms; no iteration and no solver."""

if "." not in __name__:
    raise ImportError("this folder is part of detequiv: import detequiv, then use detequiv.theory")

from .activations.activation import *
from .base.blas_threads import *
from .base.errors import *
from .data.covariance import *
from .data.degrees import *
from .data.generator_chains import *
from .data.label_shifts import *
from .data.second_moments import *
from .data.spectrum import *
from .models.linear import *
from .models.orthogonal_projection import *
from .models.random_coordinates import *
from .models.random_features import *
from .models.random_projection import *
from .specification.problem import *
from .specification.training_rounds import *
from .statements.corollaries_1_and_4 import *
from .statements.decomposition import *
from .statements.fixed_point import *
from .statements.isotropic_forms import *
from .statements.iterative_mixing import *
from .statements.plateau import *
from .statements.propositions import PaperVariables as PaperVariables
from .statements.single_step_mixing import *
