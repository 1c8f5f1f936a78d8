"""Simulators, and statistical tests whether theory and simulation agree."""

from .comparison.agreement import *
from .comparison.assertion import *
from .comparison.size_extrapolation import *
from .comparison.term_comparison import *
from .simulators.run_trials import *
from .simulators.simulation import *
