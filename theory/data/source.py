"""Sources of training data, and the test distribution."""

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from ..base.accepted_values import Count, RealNumber
from ..base.errors import ShapeError
from ..base.frozen_value import Value
from ..base.validation import count, non_negative, real
from ..base.wording import plural, shortest_float
from .covariance import Covariance, CovarianceLike, as_covariance
from .second_moments import Moment, MomentLike, as_moment, entries_of, fixed_of, is_matrix
from .spectrum import Spectrum

__all__ = ["Source", "Target", "check_fits", "short"]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Source(Value):
    """n training samples x ~ N(0, Σ) with labels y = xᵀw + ε.

    Parameters
    ----------
    n : int
        The number of samples. With 0, the prediction tells how the trained model does on this source.
    covariance : Spectrum, array or matrix
        Σ: a :class:`Spectrum`, a 1-D array of eigenvalues, or a (d, d) matrix, in the coordinates in use.
    noise_variance : float
        Var ε = σ², a variance and not a standard deviation, in total over outputs.
    shift : None, float, array, matrix or Fixed
        Δ = E[δδᵀ]: a scalar (times I), a 1-D array with one entry per eigenvalue (or per coordinate, with
        integer multiplicities), or a (d, d) matrix. Random shifts of different sources are independent
        (:class:`Moments` describes others). ``Fixed(δ)`` is a shift that is not random; None is no shift.
    gain : float
        g; the truth of the source is w = g w_t + δ, with w_t the truth of the target.
    weight : float
        a ≥ 0, the weight of each sample in the loss (1/n) Σ_k a_k Σ_i (y_i − f(x_i))² + ridge ‖v‖². With
        weight 0 the samples still count in n; leaving the source out changes n.

    Raises
    ------
    SpecError, ShapeError
        n is not a count; a covariance or shift is not a second moment, or the shift has another size; a
        negative noise variance or weight; a number that is not finite.

    Notes
    -----
    Samples are independent of each other, and the noise is independent of inputs and truths. 1-D arrays
    are in the coordinates in which Σ is diagonal.

    The samples and labels of a synthetic source are assumed to be independent of the real samples of
    the mix: its generator was trained on other data. If it was trained on these samples, its labels are
    correlated with their noise, and predictions are wrong.

    Source: arXiv 2410.04840 v2, section 2, for shifts with gain 1 and one weight; extended to gains and
    weights.

    Examples
    --------
    >>> Source(300, [1.0, 0.5], noise_variance=0.01, shift=2.0)
    Source(n=300, covariance=Spectrum([1, 0.5], d=2, trace=1.5), noise_variance=0.01, shift=2)
    """

    n: int
    covariance: Spectrum | Covariance
    _: dataclasses.KW_ONLY
    noise_variance: float = 0.0
    shift: Moment | None = None
    gain: float = 1.0
    weight: float = 1.0

    if TYPE_CHECKING:

        def __init__(
            self,
            n: Count,
            covariance: CovarianceLike,
            *,
            noise_variance: RealNumber = 0.0,
            shift: MomentLike | None = None,
            gain: RealNumber = 1.0,
            weight: RealNumber = 1.0,
        ) -> None: ...

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "n", count(self.n, "n", 0, "It is a number of samples."))
        put(self, "covariance", as_covariance(self.covariance))
        variance = non_negative(self.noise_variance, "noise_variance", "It is σ², not σ.")
        put(self, "noise_variance", variance)
        if self.shift is not None:
            put(self, "shift", as_moment(self.shift, "shift"))
            check_fits(self.shift, "shift", (self.covariance,))
        put(self, "gain", real(self.gain, "gain", "The source's truth is gain·w_t + δ."))
        put(self, "weight", non_negative(self.weight, "weight", "0 ignores the source's labels."))

    @property
    def active(self) -> bool:
        """Whether the fit uses this source: it has samples and a positive weight."""
        return self.n > 0 and self.weight > 0

    def __repr__(self) -> str:
        parts = [f"n={self.n}", f"covariance={self.covariance!r}"]
        parts.append(f"noise_variance={self.noise_variance:g}")
        if self.shift is not None:
            parts.append(f"shift={short(self.shift)}")
        parts += [
            f"{name}={value:g}"
            for name, value in (("gain", self.gain), ("weight", self.weight))
            if value != 1.0
        ]
        return f"Source({', '.join(parts)})"


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Target(Value):
    """The test distribution x ~ N(0, Σ_t); its truth is always w_t.

    Parameters
    ----------
    covariance : Spectrum, array or matrix
        Σ_t: a :class:`Spectrum`, a 1-D array of eigenvalues, or a (d, d) matrix.
    noise_variance : float or None
        σ_t², which only ``error_with_noise`` includes; None is that of the first source.

    Raises
    ------
    SpecError, ShapeError
        An invalid covariance; a negative noise variance.

    Notes
    -----
    Source: arXiv 2410.04840 v2, section 2, where the target is distributed like the real data.

    Examples
    --------
    >>> Target([1.0, 1.0])
    Target(covariance=Spectrum([1, 1], d=2, trace=2))
    """

    covariance: Spectrum | Covariance
    _: dataclasses.KW_ONLY
    noise_variance: float | None = None

    if TYPE_CHECKING:

        def __init__(
            self, covariance: CovarianceLike, *, noise_variance: RealNumber | None = None
        ) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "covariance", as_covariance(self.covariance))
        if self.noise_variance is not None:
            variance = non_negative(self.noise_variance, "noise_variance", "It is σ², not σ.")
            object.__setattr__(self, "noise_variance", variance)

    def __repr__(self) -> str:
        noise = "" if self.noise_variance is None else f", noise_variance={self.noise_variance:g}"
        return f"Target(covariance={self.covariance!r}{noise})"


def check_fits(moment: Moment | None, name: str, covariances: tuple[Spectrum | Covariance, ...]) -> None:
    """Refuse a moment whose entries are not those of any of the covariances."""
    size = entries_of(moment)
    allowed = {c.d for c in covariances}
    if not is_matrix(moment):
        allowed |= {len(c) for c in covariances}
    if size is not None and size not in allowed:
        sizes = " or ".join(map(shortest_float, sorted(allowed)))
        raise ShapeError(_misfit(moment, name, size, sizes))


def _misfit(moment: Moment | None, name: str, size: int, sizes: str) -> str:
    """The size that differs from the covariance's, and the sizes that fit."""
    has, remedy = plural(size, "entry", "entries"), "one entry per eigenvalue, or a scalar for a "
    remedy += "multiple of the identity"
    if fixed_of(moment) is not None:
        has += " per output"
        remedy = "Fixed(w) a (d,) or (d, outputs) array with one entry or row per coordinate"
    elif is_matrix(moment):
        has, remedy = f"{plural(size, 'row')} and columns", f"a (d, d) matrix, {remedy}"
    return f"{name} has {has} but the covariance has {sizes} coordinates. Give {remedy}."


def short(moment: Moment | None) -> str:
    """A moment in a few words."""
    if isinstance(moment, np.ndarray):
        return f"<{moment.size} entries, {moment.min():.4g} to {moment.max():.4g}>"
    return f"{moment:g}" if fixed_of(moment) is None else f"{moment!r}"
