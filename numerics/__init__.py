"""Solvers: from equations to numbers, with estimates of their errors."""

from .grids.error_over_rounds import *
from .grids.parameter_grid import *
from .predictions.prediction import *
from .predictions.predictor import *
from .solved_statements import *
