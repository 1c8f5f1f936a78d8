"""What is true: the specification, the equations and the theorems. No iteration, no solver."""

if "." not in __name__:
    raise ImportError("this folder is part of detequiv: import detequiv, then use detequiv.theory")

from .activations.activation import Activation as Activation
from .base.blas_threads import one_thread as one_thread
from .base.errors import ShapeError as ShapeError
from .base.errors import SolveError as SolveError
from .base.errors import SpecError as SpecError
from .data.covariance import Covariance as Covariance
from .data.degrees import degrees_of_freedom as degrees_of_freedom
from .data.generator_chains import chain_quality as chain_quality
from .data.generator_chains import chain_shift as chain_shift
from .data.label_shifts import label_shift as label_shift
from .data.label_shifts import mixing_weights as mixing_weights
from .data.second_moments import Fixed as Fixed
from .data.second_moments import Moments as Moments
from .data.spectrum import Spectrum as Spectrum
from .data.spectrum import isotropic as isotropic
from .data.spectrum import power_law as power_law
from .models.linear import Linear as Linear
from .models.orthogonal_projection import OrthogonalProjection as OrthogonalProjection
from .models.random_coordinates import RandomCoordinates as RandomCoordinates
from .models.random_features import RandomFeatures as RandomFeatures
from .models.random_projection import RandomProjection as RandomProjection
from .specification.problem import Problem as Problem
from .specification.problem import Source as Source
from .specification.problem import Target as Target
from .statements.corollaries_1_and_4 import corollary_1 as corollary_1
from .statements.corollaries_1_and_4 import corollary_4 as corollary_4
from .statements.corollaries_1_and_4 import corollary_4_printed as corollary_4_printed
from .statements.decomposition import Decomposition as Decomposition
from .statements.fixed_point import FixedPoint as FixedPoint
from .statements.isotropic_forms import isotropic_effective_ridge as isotropic_effective_ridge
from .statements.isotropic_forms import isotropic_inflation as isotropic_inflation
from .statements.isotropic_forms import isotropic_ridge as isotropic_ridge
from .statements.iterative_mixing import corollary_3 as corollary_3
from .statements.iterative_mixing import corollary_3_finite as corollary_3_finite
from .statements.iterative_mixing import corollary_3_reused as corollary_3_reused
from .statements.iterative_mixing import corollary_3_reused_finite as corollary_3_reused_finite
from .statements.propositions import PaperVariables as PaperVariables
from .statements.propositions import collapse_plateau as collapse_plateau
from .statements.propositions import collapse_plateau_printed as collapse_plateau_printed
from .statements.single_step_mixing import corollary_2 as corollary_2
from .statements.single_step_mixing import corollary_2_printed as corollary_2_printed
from .statements.single_step_mixing import optimal_weight as optimal_weight
from .statements.single_step_mixing import optimal_weight_printed as optimal_weight_printed
from .statements.single_step_mixing import weighted_mixing as weighted_mixing
