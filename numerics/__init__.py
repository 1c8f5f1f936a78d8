"""What it is worth: from equations to numbers, with how each number was obtained."""

from .predict import Prediction as Prediction
from .predict import SourcePrediction as SourcePrediction
from .predict import Status as Status
from .predict import degrees_of_freedom as degrees_of_freedom
from .predict import effective_ridge as effective_ridge
from .predict import predict as predict
from .sweep import sweep as sweep
from .theorems import theorem_1 as theorem_1
from .theorems import theorem_2 as theorem_2
from .theorems import theorem_2_printed as theorem_2_printed
