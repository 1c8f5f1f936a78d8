"""What it is worth: from equations to numbers, with how each number was obtained."""

from .grids.parameter_grid import *
from .predictions.prediction import *
from .predictions.predictor import *
from .solved_statements import *
