"""Random features, φ(x) = act(Sᵀx) less its mean."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ..activations.activation import Activation
from ..activations.named_functions import as_activation
from ..base.accepted_values import Count, RealNumber
from ..base.arrays import Number
from ..base.errors import SpecError
from ..base.validation import positive
from ..base.wording import plural
from ..data.covariance import Covariance
from ..data.spectrum import Spectrum
from .model import Measures, Model, checked_width
from .width_closures import Closure, GaussianClosure

__all__ = ["RandomFeatures"]


@dataclasses.dataclass(frozen=True, eq=False)
class RandomFeatures(Model):
    """Ridge regression on φ(x) = act(Sᵀx) − E act, with S a d×width matrix of independent N(0, s²) entries.

    Parameters
    ----------
    width : int
        m ≥ 1.
    activation : Activation, str or function
        Such as ``activations.relu``, its name ``"relu"``, or the equal function of numpy, scipy or
        math, ``np.tanh``. The mean of an odd activation is 0 for any covariance. The mean of any other
        depends on the pre-activation variance s² tr Σ, which must then be the same for all sources and
        the target, because one constant centres the features.
    entry_variance : float or None
        s² > 0; None is 1/tr Σ_1 with Σ_1 the covariance of the first source, so that its pre-activations have
        variance 1.

    Raises
    ------
    SpecError
        A width that is not an integer of at least 1; an unknown activation; an entry variance that is not
        positive. The problem refuses traces that one constant cannot centre.

    Notes
    -----
    Assumes that many coordinates contribute to every pre-activation, tr Σ² ≪ (tr Σ)², and n, m ∝ d. The
    features are then equivalent to μSᵀx plus noise of variance μ*² (Gaussian equivalence). Outside this
    regime the prediction has the status ``approximate``.

    Source: the master equations of the equivalent Gaussian features; not in the paper.

    Examples
    --------
    >>> from detequiv import activations
    >>> print(RandomFeatures(100, activations.tanh))
    ridge regression on 100 random features (tanh)
    """

    kind: ClassVar[str] = "random-features"
    width: int = dataclasses.field()
    activation: Activation = dataclasses.field()
    entry_variance: float | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            width: Count,
            activation: Activation | str | Callable[[Any], Any],
            entry_variance: RealNumber | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "width", checked_width(self.width))
        object.__setattr__(self, "activation", as_activation(self.activation))
        if self.entry_variance is not None:
            variance = positive(self.entry_variance, "entry_variance", "None takes 1/tr Σ_1.")
            object.__setattr__(self, "entry_variance", variance)

    def check(self, d: float, covariances: Sequence[Spectrum | Covariance]) -> None:
        """Refuse traces that one constant cannot centre."""
        if self.activation.odd:
            return
        s2 = self.entry_variance_in(d, covariances[0].trace)
        means = [self.activation.moments(s2 * Σ.trace).mean for Σ in covariances]
        least, most = min(means), max(means)
        if most - least > 1e-12 * max(abs(least), abs(most)):
            raise SpecError(
                f"features of {self.activation.name}, which is not odd, need one mean of the "
                f"activation for all sources and the target, since one constant cannot centre unlike "
                f"ones; got means from {least:.6g} to {most:.6g}. Give all covariances one trace, or "
                f"take an odd activation."
            )

    def entry_variance_in(self, d: float, first_trace: float) -> float:
        """s², by default 1/tr Σ_1."""
        return 1.0 / first_trace if self.entry_variance is None else self.entry_variance

    def gain(self, d: float, first_trace: float) -> float:
        """m s²."""
        return self.width * self.entry_variance_in(d, first_trace)

    def closure(self, penalty: Number, measures: Measures) -> Closure[Number]:
        """Independent Gaussian entries, with penalty/s² as the penalty."""
        s2 = self.entry_variance
        scaled = penalty * measures.first_trace() if s2 is None else penalty / measures.number(s2)
        return GaussianClosure(measures.number(float(self.width)), scaled)

    def __str__(self) -> str:
        return f"ridge regression on {plural(self.width, 'random feature')} ({self.activation.name})"
