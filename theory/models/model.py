"""The models f(x) = vᵀφ(x): what is fitted, not how well it does."""

import dataclasses

from ..activations.activation import Activation
from ..activations.named_functions import as_activation
from ..base.frozen_value import Value
from ..base.validation import count, positive
from ..base.wording import plural

__all__ = ["Linear", "Model", "OrthogonalProjection", "RandomFeatures", "RandomProjection"]


@dataclasses.dataclass(frozen=True, eq=False)
class Linear(Value):
    """φ(x) = x: ridge regression on the features themselves ("classical" in the paper).

    The ridge multiplies |v|² after a 1/n loss. It has no fields, and nothing to refuse.

    Source: arXiv 2410.04840 v2, section 2; Theorem 1 is about it.

    >>> Linear()
    Linear()
    """

    def __str__(self) -> str:
        return "ridge regression on the features"


@dataclasses.dataclass(frozen=True, eq=False)
class RandomProjection(Value):
    """φ(x) = Sᵀx with S a d×width matrix of independent N(0, entry_variance) entries.

    Parameters
    ----------
    width : m, an integer of at least 1 (an integral float is one too); it may exceed d and n.
    entry_variance : s² > 0, or None for the paper's 1/d. The limit width → ∞ is the linear model at
        the same ridge only for s² = 1/width; with s² = 1/d it is the linear model at
        ridge · d/width.

    Raises
    ------
    SpecError
        A width that is no integer of at least 1, or an entry variance that is not positive.

    Assumptions: S is independent of the data, and m, n, d are large.

    Source: arXiv 2410.04840 v2, section 2 (the neural networks' random projections); Theorem 2.

    >>> RandomProjection(100.0)
    RandomProjection(width=100, entry_variance=None)
    """

    width: int
    entry_variance: float | None = None

    def __post_init__(self) -> None:
        width = count(self.width, "width", 1, "It is m, the number of columns of S.")
        object.__setattr__(self, "width", width)
        if self.entry_variance is not None:
            variance = positive(self.entry_variance, "entry_variance", "None takes the paper's 1/d.")
            object.__setattr__(self, "entry_variance", variance)

    def entry_variance_at(self, dimension: float) -> float:
        """The entry variance s² in use where the features have this dimension."""
        return 1.0 / dimension if self.entry_variance is None else self.entry_variance

    def __str__(self) -> str:
        return f"ridge regression on {plural(self.width, 'random projection')}"


@dataclasses.dataclass(frozen=True, eq=False)
class OrthogonalProjection(Value):
    """φ(x) = Sᵀx with S uniform among the d×width matrices with orthonormal columns.

    Parameters
    ----------
    width : m, an integer of at least 1, at most d; width = d is the linear model.

    Raises
    ------
    SpecError
        A width that is no integer of at least 1; the problem refuses one above d.

    Assumptions: S is independent of the data. Source: the master equations with the S-transform of
    a projection (width_closures); not in the paper.

    >>> OrthogonalProjection(100)
    OrthogonalProjection(width=100)
    """

    width: int

    def __post_init__(self) -> None:
        width = count(self.width, "width", 1, "It is m, the number of columns of S.")
        object.__setattr__(self, "width", width)

    def __str__(self) -> str:
        return f"ridge regression on {plural(self.width, 'orthogonal projection')}"


@dataclasses.dataclass(frozen=True, eq=False)
class RandomFeatures(Value):
    """φ(x) = act(Sᵀx) − E act, S a d×width matrix of independent N(0, entry_variance) entries.

    Parameters
    ----------
    width : m, an integer of at least 1.
    activation : an :class:`Activation`, such as ``activations.relu``, its name, ``"relu"``, or an
        equal function of numpy, scipy or math, ``np.tanh``. An odd one has mean 0 for any
        covariance. Of another one the mean depends on the pre-activation variance s² tr Σ, which
        then must be the same for all sources and the target: one constant centres the features.
    entry_variance : s² > 0, or None for 1/tr Σ_1 with Σ_1 the covariance of the first source, so
        that its pre-activations have variance 1.

    Assumes that many coordinates contribute to every pre-activation (tr Σ² ≪ (tr Σ)²): then the
    features are equivalent to μ Sᵀx plus noise of variance μ*² (Gaussian equivalence).

    Raises
    ------
    SpecError
        A width that is no integer of at least 1, an unknown activation, or an entry variance that
        is not positive. The problem refuses traces that one constant cannot centre.

    Source: the master equations of the equivalent Gaussian features; not in the paper.

    >>> from detequiv import activations
    >>> print(RandomFeatures(100, activations.tanh))
    ridge regression on 100 random features (tanh)
    """

    width: int
    activation: Activation
    entry_variance: float | None = None

    def __post_init__(self) -> None:
        width = count(self.width, "width", 1, "It is m, the number of columns of S.")
        object.__setattr__(self, "width", width)
        object.__setattr__(self, "activation", as_activation(self.activation))
        if self.entry_variance is not None:
            variance = positive(self.entry_variance, "entry_variance", "None takes 1/tr Σ_1.")
            object.__setattr__(self, "entry_variance", variance)

    def entry_variance_at(self, trace: float) -> float:
        """The entry variance s² in use where the first source's covariance has this trace."""
        return 1.0 / trace if self.entry_variance is None else self.entry_variance

    def __str__(self) -> str:
        return f"ridge regression on {plural(self.width, 'random feature')} ({self.activation.name})"


Model = Linear | RandomProjection | OrthogonalProjection | RandomFeatures
