"""Every statement beside its witnesses: simulation, and other exact routes to the same number.

``statements(size)`` is the registry, ``witnessed`` runs it, ``page`` writes what came of it.
"""

from .page import page as page
from .page import summary as summary
from .run import Finding as Finding
from .run import Report as Report
from .run import witnessed as witnessed
from .size import FULL as FULL
from .size import QUICK as QUICK
from .size import Size as Size
from .statement import Group as Group
from .statement import Statement as Statement
from .statements import chosen as chosen
from .statements import statements as statements
