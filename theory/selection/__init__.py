"""Labels and selection rules of generated samples, and what selection does to their moments."""

from . import labels as labels
from . import rules as rules
