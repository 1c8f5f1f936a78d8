"""Every statement beside its witnesses: simulation, and other exact routes to the same number.

``statements(size)`` is the registry, ``run_witnesses`` runs it, ``page`` writes what came of it.
"""

from .registry import select_statements as select_statements
from .registry import statements as statements
from .run_size import FULL as FULL
from .run_size import QUICK as QUICK
from .run_size import Size as Size
from .statement import Group as Group
from .statement import Statement as Statement
from .statement_tests import Finding as Finding
from .statement_tests import Report as Report
from .statement_tests import run_witnesses as run_witnesses
from .witness_page import page as page
from .witness_page import summary as summary
