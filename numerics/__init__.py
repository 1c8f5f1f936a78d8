"""What it is worth: from equations to numbers, with how each number was obtained."""

from .grids.parameter_grid import sweep as sweep
from .predictions.prediction import Prediction as Prediction
from .predictions.prediction import SourcePrediction as SourcePrediction
from .predictions.prediction import Status as Status
from .predictions.predictor import effective_ridge as effective_ridge
from .predictions.predictor import predict as predict
from .solved_statements import paper_variables as paper_variables
from .solved_statements import proposition_linear as proposition_linear
from .solved_statements import proposition_projection as proposition_projection
from .solved_statements import theorem_1 as theorem_1
from .solved_statements import theorem_2 as theorem_2
from .solved_statements import theorem_2_printed as theorem_2_printed
