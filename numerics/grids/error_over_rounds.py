"""The error over rounds of training on one's own labels, and where it ends."""

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...theory.base.accepted_values import Count, RealNumber
from ...theory.base.arrays import Array, Numbers
from ...theory.data.source import Source
from ...theory.specification.problem import Problem
from ...theory.specification.result_identity import identity
from ...theory.specification.training_rounds import Inputs, Keep
from ...theory.specification.training_rounds import rounds as problems_of_rounds
from ..joint_fits.connected_errors import fit_errors

if TYPE_CHECKING:
    import xarray

__all__ = ["evolve"]

ALIKE = 0.02
"""How well limits estimated from all rounds and from the first three quarters of them must agree."""

SETTLED = 1e-10
"""A change from round to round, relative to the error, that is taken for none."""


def evolve(
    *,
    start: Problem,
    rounds: "Count",
    synthetic: Source,
    keep: Keep = "all",
    real: Sequence[Source] = (),
    inputs: Inputs = "fresh",
    ridge: "RealNumber | None" = None,
) -> "xarray.Dataset":
    """Predict the error over rounds in which each model labels data for the next.

    Parameters
    ----------
    start : Problem
        The first fit.
    rounds : int
        The number of rounds after it.
    synthetic, keep, real, inputs, ridge
        As for :func:`rounds`.

    Returns
    -------
    xarray.Dataset
        Over ``round``, 0 … rounds, in labels squared:

        - error;
        - from_truth, from_noise: the parts of the truths, and of all label noises, in it;
        - against_fresh: the error if every fit had samples of its own.

        Attributes: ``ends`` ("converges", "diverges" or "undecided"), ``limit`` (inf if it diverges),
        ``rate`` (the factor by which changes shrink each round; 1 where they follow a power of the round)
        and ``power`` (that power), estimated from the last rounds; ``sentence``, which says it;
        ``description``, ``digest`` of the last problem and ``detequiv_version``.

    Raises
    ------
    SpecError
        As for :func:`rounds`; a model whose connected fits are not predicted.
    SolveError
        As for :func:`predict`.

    See Also
    --------
    rounds : the problems themselves, for ``predict`` and ``simulate``.

    Notes
    -----
    All rounds are solved together, from one set of joint equations.

    Examples
    --------
    >>> import detequiv as de
    >>> real = de.Source(150, de.isotropic(100), noise_variance=0.5)
    >>> start = de.Problem(signal=0.01, sources=[real], ridge=0)
    >>> new = de.Source(150, de.isotropic(100), noise_variance=0.3)
    >>> curve = de.evolve(start=start, rounds=8, real=[real], synthetic=new, keep="all")
    >>> curve.error.sel(round=[1, 2, 4, 8]).round(6).values.tolist()
    [1.075, 1.103571, 1.127802, 1.144639]
    >>> curve.attrs["ends"]
    'converges'
    """
    import xarray

    fits = problems_of_rounds(
        rounds, start=start, synthetic=synthetic, keep=keep, real=real, inputs=inputs, ridge=ridge
    )
    graph = fits[-1].stages
    place = {fit.trained_as: t for t, fit in enumerate(graph.problems)}
    order = [place[fit.trained_as] for fit in fits]
    truth, noise = _floats(fit_errors(graph)[:, order])
    fresh = _floats(fit_errors(graph.separated())[:, order]).sum(axis=0)
    error = truth + noise
    end = ending(error)
    columns = {
        "error": (error, "test error, noise excluded"),
        "from_truth": (truth, "part of the truths in the error"),
        "from_noise": (noise, "part of the label noises in the error"),
        "against_fresh": (fresh, "error if every fit had samples of its own"),
    }
    variables: dict[str, Any] = {
        name: ("round", values, {"long_name": text, "units": "labels squared"})
        for name, (values, text) in columns.items()
    }
    return xarray.Dataset(
        variables,
        coords={"round": ("round", np.arange(len(error)), {"long_name": "rounds after the first fit"})},
        attrs={**dataclasses.asdict(end), "sentence": end.sentence, **identity(fits[-1])},
    )


def _floats(numbers: Numbers) -> Array:
    return np.asarray(numbers, dtype=float)


@dataclasses.dataclass(frozen=True)
class Ending:
    """Where a curve over rounds ends. rate : of changes, from round to round; power : −d log change/d log
    round, where the rate tends to 1."""

    ends: str
    limit: float
    rate: float
    power: float

    @property
    def sentence(self) -> str:
        """The ending in a sentence."""
        if self.ends == "undecided":
            return "The rounds are too few to tell where the error ends."
        how = (
            f"changes follow round^−{self.power:.3g}"
            if math.isfinite(self.power)
            else f"changes shrink by a factor of {self.rate:.3g} each round"
        )
        if self.ends == "diverges":
            grows = f"by a factor of {self.rate:.3g}" if self.rate > 1 else "steadily"
            return f"The error grows without bound: changes grow {grows} from round to round."
        if self.rate == 0:
            return f"The error stays at {self.limit:.4g}."
        return f"The error converges to about {self.limit:.4g}; {how}."


UNDECIDED = Ending("undecided", math.nan, math.nan, math.nan)


def ending(error: Array) -> Ending:
    """Where a sequence of errors ends; undecided where the last quarter of it changes the answer.

    The answer with and without that quarter must be the same: limits, or powers where it diverges, within
    ``ALIKE``.
    """
    whole = _extrapolated(error)
    before = _extrapolated(error[: len(error) - max(2, len(error) // 4)])
    if whole.rate == 0 or whole.ends == "undecided":
        return whole
    alike = whole.ends == before.ends and (
        abs(whole.limit - before.limit) <= ALIKE * abs(whole.limit)
        if math.isfinite(whole.limit)
        else math.isnan(whole.power) or abs(whole.power - before.power) <= ALIKE
    )
    return whole if alike else UNDECIDED


def _extrapolated(error: Array) -> Ending:
    """From the last four changes.

    With changes δ_t from round to round and ρ_t = δ_t/δ_{t−1}: where ρ is steady it is a rate, and the limit
    is Aitken's; where 1 − ρ_t shrinks like p/t the changes follow t^−p, with a limit if p > 1.
    """
    if not np.isfinite(error).all():
        return Ending("diverges", math.inf, math.nan, math.nan)
    changes = np.diff(error)
    size = np.abs(error).max()
    if len(changes) and np.abs(changes[-3:]).max() <= SETTLED * size:
        return Ending("converges", float(error[-1]), 0.0, math.inf)
    if len(changes) < 4 or (changes[-4:] == 0).any():
        return UNDECIDED
    before, last = changes[-2] / changes[-3], changes[-1] / changes[-2]
    t = len(changes)
    if last > 1 + 1e-6:
        return Ending("diverges", math.inf, float(last), math.nan)
    drift = (last - before) / (1 - before) if before < 1 else 0.0
    if last > 0 and (1 - last < 1e-6 or drift > 0.5 / t):
        power = (1 - last) * (t - 0.5)
        if power <= 1:
            return Ending("diverges", math.inf, 1.0, float(power))
        return Ending("converges", float(error[-1] + changes[-1] * t / (power - 1)), 1.0, float(power))
    limit = error[-1] + changes[-1] * last / (1 - last)
    return Ending("converges", float(limit), float(last), math.inf)
