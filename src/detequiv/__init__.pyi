"""The public names of detequiv, and where each is defined; ``__init__.py`` loads them from here.

What is in the first part is shown by ``dir(detequiv)``.
"""

from . import freeprob as freeprob
from . import paper as paper
from .numerics.fitted_directions.selecting import select as select
from .numerics.fitted_directions.weighted_selections import select_weighted as select_weighted
from .numerics.grids.acceptance import OptimalAcceptance as OptimalAcceptance
from .numerics.grids.acceptance import optimal_acceptance as optimal_acceptance
from .numerics.grids.error_over_rounds import evolve as evolve
from .numerics.grids.parameter_grid import sweep as sweep
from .numerics.predictions.overlaps import Overlaps as Overlaps
from .numerics.predictions.overlaps import overlaps as overlaps
from .numerics.predictions.prediction import FittedLabels as FittedLabels
from .numerics.predictions.prediction import Prediction as Prediction
from .numerics.predictions.prediction import SourcePrediction as SourcePrediction
from .numerics.predictions.prediction import Status as Status
from .numerics.predictions.predictor import effective_ridge as effective_ridge
from .numerics.predictions.predictor import predict as predict
from .theory import activations as activations
from .theory.activations.activation import Activation as Activation
from .theory.base.blas_threads import one_thread as one_thread
from .theory.base.errors import ShapeError as ShapeError
from .theory.base.errors import SolveError as SolveError
from .theory.base.errors import SpecError as SpecError
from .theory.data.covariance import Covariance as Covariance
from .theory.data.degrees import degrees_of_freedom as degrees_of_freedom
from .theory.data.label_shifts import label_shift as label_shift
from .theory.data.label_shifts import mixing_weights as mixing_weights
from .theory.data.second_moments import Fixed as Fixed
from .theory.data.second_moments import Moments as Moments
from .theory.data.spectrum import Spectrum as Spectrum
from .theory.data.spectrum import isotropic as isotropic
from .theory.data.spectrum import power_law as power_law
from .theory.models.linear import Linear as Linear
from .theory.models.orthogonal_projection import OrthogonalProjection as OrthogonalProjection
from .theory.models.random_coordinates import RandomCoordinates as RandomCoordinates
from .theory.models.random_features import RandomFeatures as RandomFeatures
from .theory.models.random_projection import RandomProjection as RandomProjection
from .theory.selection import labels as labels
from .theory.selection import rules as rules
from .theory.selection.selection import Selection as Selection
from .theory.specification.problem import Problem as Problem
from .theory.specification.problem import Source as Source
from .theory.specification.problem import Target as Target
from .theory.specification.training_rounds import rounds as rounds
from .theory.statements.fixed_point import FixedPoint as FixedPoint
from .verify.comparison.agreement import Agreement as Agreement
from .verify.comparison.agreement import Verdict as Verdict
from .verify.comparison.assertion import DisagreementError as DisagreementError
from .verify.comparison.assertion import UndecidedError as UndecidedError
from .verify.comparison.assertion import assert_agrees as assert_agrees
from .verify.comparison.size_extrapolation import Extrapolation as Extrapolation
from .verify.comparison.size_extrapolation import extrapolate as extrapolate
from .verify.comparison.term_comparison import compare as compare
from .verify.simulators.run_trials import simulate as simulate
from .verify.simulators.simulation import Simulation as Simulation

# isort: split
# Aliases of what is at home in detequiv.paper, not in dir(detequiv)
from .paper import Decomposition as Decomposition
from .paper import PaperVariables as PaperVariables
from .paper import chain_quality as chain_quality
from .paper import chain_shift as chain_shift
from .paper import collapse_plateau as collapse_plateau
from .paper import collapse_plateau_as_printed as collapse_plateau_as_printed
from .paper import collapse_plateau_printed as collapse_plateau_printed
from .paper import corollary_1 as corollary_1
from .paper import corollary_2 as corollary_2
from .paper import corollary_2_as_printed as corollary_2_as_printed
from .paper import corollary_2_printed as corollary_2_printed
from .paper import corollary_3 as corollary_3
from .paper import corollary_3_finite as corollary_3_finite
from .paper import corollary_3_reused as corollary_3_reused
from .paper import corollary_3_reused_finite as corollary_3_reused_finite
from .paper import corollary_4 as corollary_4
from .paper import corollary_4_as_printed as corollary_4_as_printed
from .paper import corollary_4_printed as corollary_4_printed
from .paper import filter_factor as filter_factor
from .paper import isotropic_effective_ridge as isotropic_effective_ridge
from .paper import isotropic_inflation as isotropic_inflation
from .paper import isotropic_ridge as isotropic_ridge
from .paper import optimal_weight as optimal_weight
from .paper import optimal_weight_as_printed as optimal_weight_as_printed
from .paper import optimal_weight_printed as optimal_weight_printed
from .paper import paper_variables as paper_variables
from .paper import proposition_linear as proposition_linear
from .paper import proposition_projection as proposition_projection
from .paper import theorem_1 as theorem_1
from .paper import theorem_2 as theorem_2
from .paper import theorem_2_as_printed as theorem_2_as_printed
from .paper import theorem_2_printed as theorem_2_printed
from .paper import weighted_mixing as weighted_mixing

__version__: str
