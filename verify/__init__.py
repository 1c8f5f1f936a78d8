"""Whether to believe it: simulators, and the test whether theory and simulation agree."""

from .comparison.agreement import Agreement as Agreement
from .comparison.agreement import TermAgreement as TermAgreement
from .comparison.agreement import Verdict as Verdict
from .comparison.assertion import DisagreementError as DisagreementError
from .comparison.assertion import UndecidedError as UndecidedError
from .comparison.assertion import assert_agrees as assert_agrees
from .comparison.size_extrapolation import Extrapolation as Extrapolation
from .comparison.size_extrapolation import extrapolate as extrapolate
from .comparison.term_comparison import Predicted as Predicted
from .comparison.term_comparison import compare as compare
from .simulators.run_trials import simulate as simulate
from .simulators.run_trials import trial_seed as trial_seed
from .simulators.simulation import TERMS as TERMS
from .simulators.simulation import Simulation as Simulation
from .simulators.simulation import Terms as Terms
