"""The statements of *Strong Model Collapse* (arXiv 2410.04840, version 2), one function each.

Theorems 1 and 2, Propositions 1 to 4, Corollaries 1 to 4, eq. 18 and appendix B.2, the isotropic
case of Theorem 1, and what follows from them. Each docstring has formula, assumptions and source.
``…_as_printed`` is what version 2 says where that is wrong; the plain name is the corrected form.

Beyond the paper: closed forms for labels of a generator that was fitted on real samples of the mix, for
samples that a verifier or an oracle has filtered, and for errors of classifiers.

>>> import detequiv as de
>>> s = de.isotropic(40)
>>> mix = de.Problem(signal=0.025, ridge=0.1, model=de.RandomProjection(30),
...                  sources=[de.Source(50, s, noise_variance=0.1), de.Source(10, s, shift=0.02)])
>>> corrected, printed = de.paper.theorem_2(mix), de.paper.theorem_2_as_printed(mix)
>>> round(corrected.variance, 3), round(printed.variance, 3), corrected.bias == printed.bias
(0.035, 2.103, True)
"""

from .numerics.solved_statements import *
from .theory.base.argument_checks import check_functions as _check_functions
from .theory.data.generator_chains import *
from .theory.statements.classification import *
from .theory.statements.corollaries_1_and_4 import *
from .theory.statements.decomposition import *
from .theory.statements.generator_bound import *
from .theory.statements.generator_least_squares import *
from .theory.statements.isotropic_forms import *
from .theory.statements.iterative_mixing import *
from .theory.statements.least_squares_rounds import *
from .theory.statements.plateau import *
from .theory.statements.propositions import PaperVariables as PaperVariables
from .theory.statements.selection.agreement_margins import *
from .theory.statements.selection.criterion import *
from .theory.statements.selection.filtered_least_squares import *
from .theory.statements.selection.filtered_rounds import *
from .theory.statements.selection.sign_agreement import *
from .theory.statements.selection.verifier_filter import *
from .theory.statements.selection.verifier_plateau import *
from .theory.statements.single_step_mixing import *
from .theory.statements.two_effective_ridges import FittedGeneratorMix as FittedGeneratorMix
from .theory.statements.two_effective_ridges import fitted_generator_mix as fitted_generator_mix
from .theory.statements.zero_residual import *

__all__ = _check_functions(globals())

# Names of earlier versions
theorem_2_printed = theorem_2_as_printed
corollary_2_printed = corollary_2_as_printed
corollary_4_printed = corollary_4_as_printed
optimal_weight_printed = optimal_weight_as_printed
collapse_plateau_printed = collapse_plateau_as_printed


def __dir__() -> list[str]:
    return [*__all__]
