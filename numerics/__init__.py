"""What it is worth: from equations to numbers, with how each number was obtained."""

from .predict import effective_ridge as effective_ridge
from .predict import predict as predict
from .prediction import Prediction as Prediction
from .prediction import SourcePrediction as SourcePrediction
from .prediction import Status as Status
from .sweep import sweep as sweep
from .theorems import paper_variables as paper_variables
from .theorems import proposition_linear as proposition_linear
from .theorems import proposition_projection as proposition_projection
from .theorems import theorem_1 as theorem_1
from .theorems import theorem_2 as theorem_2
from .theorems import theorem_2_printed as theorem_2_printed
