"""Problems that label for each other, round after round."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, get_args

from ..base.accepted_values import Count
from ..base.errors import SpecError
from ..base.validation import count
from ..base.wording import short_repr
from ..data.source import Source
from .problem import Problem, checked_problem

if TYPE_CHECKING:
    from ..base.accepted_values import RealNumber

__all__ = ["rounds"]

Keep = Literal["all", "latest"]
Inputs = Literal["fresh", "same"]


def rounds(
    T: "Count",
    *,
    start: Problem,
    synthetic: Source,
    keep: Keep = "all",
    real: Sequence[Source] = (),
    inputs: Inputs = "fresh",
    ridge: "RealNumber | None" = None,
) -> tuple[Problem, ...]:
    """The problems of T rounds in which each trained model labels the samples that the next is trained on.

    Parameters
    ----------
    T : int
        The number of rounds after the first fit.
    start : Problem
        The first fit.
    synthetic : Source
        The samples that each round adds: their number, covariance, label noise and weight.
    keep : {"all", "latest"}
        Whether synthetic data accumulate over rounds, or each round replaces those before it.
    real : sequence of Source
        The sources of every round beside the synthetic ones. The sources of ``start`` are the same real
        samples in all rounds; none means that real data are seen in the first fit alone.
    inputs : {"fresh", "same"}
        Whether each round draws new inputs, or labels those of ``synthetic`` anew. With
        ``synthetic=real.relabelled()`` each model labels the inputs of the real samples.
    ridge : float or None
        The ridge of the rounds; None is that of ``start``.

    Returns
    -------
    tuple of Problem
        T + 1 of them, ``start`` first; signal, model and target are those of ``start``.

    Raises
    ------
    SpecError
        T is no count; start is no Problem, or synthetic no Source; a synthetic source with labels, a gain or
        a shift; an unknown word for keep or inputs.

    See Also
    --------
    evolve : predicts the error over rounds, and where it ends.

    Notes
    -----
    Replace is ``keep="latest"`` without ``real``, accumulate ``keep="all"`` with it, and mixing
    ``keep="latest"`` with it.

    Examples
    --------
    >>> import detequiv as de
    >>> real = de.Source(150, de.isotropic(100), noise_variance=0.5)
    >>> start = de.Problem(signal=0.01, sources=[real], ridge=0.1)
    >>> new = de.Source(150, de.isotropic(100), noise_variance=0.3)
    >>> fits = de.rounds(3, start=start, real=[real], synthetic=new, keep="all")
    >>> [len(fit.sources) for fit in fits]
    [1, 2, 3, 4]
    """
    T = count(T, "T", 0, "It is the number of rounds after the first fit.")
    checked_problem(start)
    if not isinstance(synthetic, Source):
        raise SpecError(
            f"synthetic must be a Source; got {short_repr(synthetic)}. Write Source(n, covariance)."
        )
    if synthetic.selected:
        raise SpecError(
            "synthetic must be labelled by the models of the rounds, whatever it is; got a selection. Write "
            "rounds of filter and retrain as select(..., labels=fit), fit after fit."
        )
    if synthetic.labels is not None or synthetic.label_shift is not None or synthetic.gain != 1:
        raise SpecError(
            "synthetic is labelled by the models of the rounds, so that it takes no labels, shift, gain or "
            "truth; leave them out."
        )
    for name, value, words in (("keep", keep, get_args(Keep)), ("inputs", inputs, get_args(Inputs))):
        if value not in words:
            raise SpecError(f'{name} must be "{words[0]}" or "{words[1]}"; got {short_repr(value)}.')
    target = start.tested
    fits = [start]
    labelled: list[Source] = []
    every_ridge = start.ridge if ridge is None else float(ridge)
    for _ in range(T):
        noise = synthetic.noise_variance
        if inputs == "same":
            source = synthetic.relabelled(fits[-1], noise_variance=noise)
        else:
            source = dataclasses.replace(synthetic, labels=fits[-1])
        labelled = [*labelled, source] if keep == "all" else [source]
        fits.append(dataclasses.replace(start, sources=[*real, *labelled], ridge=every_ridge, target=target))
    return tuple(fits)
