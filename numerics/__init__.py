"""Solvers: from equations to numbers, with estimates of their errors."""

from .grids.parameter_grid import *
from .predictions.prediction import *
from .predictions.predictor import *
from .solved_statements import *
