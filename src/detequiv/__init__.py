"""detequiv: deterministic equivalents of the test error under a mix of real and synthetic data.

>>> import detequiv as de
>>> s = de.power_law(600, 1.0, trace=1.0)
>>> real = de.Source(300, s, noise_variance=0.01)
>>> synthetic = de.Source(200, s, noise_variance=0.01, shift=de.label_shift(s, quality=1.0))
>>> mix = de.Problem(signal=1.0, sources=[real, synthetic], ridge=1e-8,
...                  model=de.RandomProjection(width=100))
>>> round(de.predict(mix).error, 3)
0.642

Names load when they are first used: importing detequiv costs numpy and little else.
"""

from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

# In a tree without symbolic links (an unpacked sdist, a checkout on Windows) there is no folder
# theory here: the layers are found where they lie, at the top of the tree.
_here = Path(__file__).parent
if not (_here / "theory").is_dir():
    __path__.append(str(_here.parents[1]))

if TYPE_CHECKING:
    from . import freeprob as freeprob
    from .numerics import Prediction as Prediction
    from .numerics import SourcePrediction as SourcePrediction
    from .numerics import Status as Status
    from .numerics import effective_ridge as effective_ridge
    from .numerics import paper_variables as paper_variables
    from .numerics import predict as predict
    from .numerics import proposition_linear as proposition_linear
    from .numerics import proposition_projection as proposition_projection
    from .numerics import sweep as sweep
    from .numerics import theorem_1 as theorem_1
    from .numerics import theorem_2 as theorem_2
    from .numerics import theorem_2_printed as theorem_2_printed
    from .theory import Activation as Activation
    from .theory import Covariance as Covariance
    from .theory import Decomposition as Decomposition
    from .theory import Fixed as Fixed
    from .theory import FixedPoint as FixedPoint
    from .theory import Linear as Linear
    from .theory import Moments as Moments
    from .theory import OrthogonalProjection as OrthogonalProjection
    from .theory import PaperVariables as PaperVariables
    from .theory import Problem as Problem
    from .theory import RandomFeatures as RandomFeatures
    from .theory import RandomProjection as RandomProjection
    from .theory import ShapeError as ShapeError
    from .theory import SolveError as SolveError
    from .theory import Source as Source
    from .theory import SpecError as SpecError
    from .theory import Spectrum as Spectrum
    from .theory import Target as Target
    from .theory import activations as activations
    from .theory import chain_quality as chain_quality
    from .theory import chain_shift as chain_shift
    from .theory import collapse_plateau as collapse_plateau
    from .theory import collapse_plateau_printed as collapse_plateau_printed
    from .theory import corollary_1 as corollary_1
    from .theory import corollary_2 as corollary_2
    from .theory import corollary_2_printed as corollary_2_printed
    from .theory import corollary_3 as corollary_3
    from .theory import corollary_3_finite as corollary_3_finite
    from .theory import corollary_3_reused as corollary_3_reused
    from .theory import corollary_3_reused_finite as corollary_3_reused_finite
    from .theory import corollary_4 as corollary_4
    from .theory import corollary_4_printed as corollary_4_printed
    from .theory import degrees_of_freedom as degrees_of_freedom
    from .theory import isotropic as isotropic
    from .theory import isotropic_effective_ridge as isotropic_effective_ridge
    from .theory import isotropic_inflation as isotropic_inflation
    from .theory import isotropic_ridge as isotropic_ridge
    from .theory import label_shift as label_shift
    from .theory import mixing_weights as mixing_weights
    from .theory import one_thread as one_thread
    from .theory import optimal_weight as optimal_weight
    from .theory import optimal_weight_printed as optimal_weight_printed
    from .theory import power_law as power_law
    from .theory import weighted_mixing as weighted_mixing
    from .verify import Agreement as Agreement
    from .verify import DisagreementError as DisagreementError
    from .verify import Extrapolation as Extrapolation
    from .verify import Simulation as Simulation
    from .verify import UndecidedError as UndecidedError
    from .verify import Verdict as Verdict
    from .verify import assert_agrees as assert_agrees
    from .verify import compare as compare
    from .verify import extrapolate as extrapolate
    from .verify import simulate as simulate

_HOME = {
    "theory": (
        "Activation", "Covariance", "Decomposition", "Fixed", "FixedPoint", "Linear", "Moments",
        "OrthogonalProjection", "PaperVariables", "Problem", "RandomFeatures",
        "RandomProjection", "ShapeError", "SolveError", "Source", "SpecError", "Spectrum",
        "Target", "chain_quality", "chain_shift", "collapse_plateau",
        "collapse_plateau_printed", "corollary_1", "corollary_2", "corollary_2_printed",
        "corollary_3", "corollary_3_finite", "corollary_3_reused",
        "corollary_3_reused_finite", "corollary_4",
        "corollary_4_printed", "degrees_of_freedom", "isotropic", "isotropic_effective_ridge",
        "isotropic_inflation", "isotropic_ridge", "label_shift", "mixing_weights",
        "one_thread", "optimal_weight", "optimal_weight_printed", "power_law", "weighted_mixing",
    ),
    "numerics": (
        "Prediction", "SourcePrediction", "Status", "effective_ridge", "paper_variables",
        "predict", "proposition_linear", "proposition_projection", "sweep", "theorem_1",
        "theorem_2", "theorem_2_printed",
    ),
    "verify": (
        "Agreement", "DisagreementError", "Extrapolation", "Simulation", "UndecidedError",
        "Verdict", "assert_agrees", "compare", "extrapolate", "simulate",
    ),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOME.items() for name in names}

_MODULES = {"activations": ".theory.activations", "freeprob": ".freeprob"}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("detequiv")
    if name in _MODULES:
        return import_module(_MODULES[name], __name__)
    if name not in _HOME_OF:
        raise AttributeError(f"module 'detequiv' has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
    if isinstance(value, FunctionType):
        from .theory.base.argument_checks import checked_call

        value = checked_call(value, __name__)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__", *_MODULES]
