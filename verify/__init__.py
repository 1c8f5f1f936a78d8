"""Whether to believe it: simulators, and the test whether theory and simulation agree."""

from .agreement import Agreement as Agreement
from .agreement import TermAgreement as TermAgreement
from .agreement import Verdict as Verdict
from .asserted import DisagreementError as DisagreementError
from .asserted import UndecidedError as UndecidedError
from .asserted import assert_agrees as assert_agrees
from .compare import Predicted as Predicted
from .compare import compare as compare
from .extrapolate import Extrapolation as Extrapolation
from .extrapolate import extrapolate as extrapolate
from .simulate import simulate as simulate
from .simulate import trial_seed as trial_seed
from .simulation import TERMS as TERMS
from .simulation import Simulation as Simulation
from .simulation import Terms as Terms
