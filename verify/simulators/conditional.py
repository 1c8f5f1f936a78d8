"""The simulator that draws only inputs and projection: labels and truths are integrated exactly.

Given (X, S) the fitted weights are linear in the labels, ŵ = Σ_k (C_kw_k + B_kε_k), so the
expectation of every error over noise and random truths is a sum of second moments: a sum over
columns of the matrices in ``parts``. What is left to average over trials is the design alone: a
variance tens to hundreds of times smaller. Of fixed truths there is nothing to integrate, and the
gain is that of the noise.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from ...theory.base.arrays import Array
from .draw import Design, Ensemble
from .error_meters import DiagonalMeter, ExactMeter, Meter
from .fitted_weights import Fitted
from .ridge_response import RidgeResponse, Weighted, respond
from .trial_errors import Measured
from .truth_factors import TruthFactors

__all__ = ["integrate", "trial", "trials"]


def trial(ensemble: Ensemble, rng: np.random.Generator, *, training: bool = True) -> Measured:
    """Draw (X, S) and return the expectation of every error given them: a stack of one, alone."""
    return trials(ensemble, [rng], training=training)[0]


def trials(ensemble: Ensemble, rngs: Sequence[np.random.Generator], *, training: bool = True) -> Measured:
    """The same for a stack of trials, one from each generator."""
    return integrate(ensemble, ensemble.designs(rngs), training=training)


def integrate(ensemble: Ensemble, design: Design, *, training: bool = True) -> Measured:
    """The errors of a stack of designs, each averaged over truths and noise exactly.

    With r = ŵ − w_t, bias is E rᵀΣ_tr where all sources have the target's truth and no noise,
    variance the same for the noise alone, collapse the rest: what the deviations w_k − w_t add, and
    formed from these. The training error of a source whose weight is 0 is its error on fresh data:
    the fit has not seen its samples.

    ``training=False`` leaves the training errors at 0 and saves their matrix product. No bit of a
    trial hangs on the others of its stack.
    """
    groups = respond(_weighted(ensemble, design), ensemble.fit.ridge)
    alike = [design] if len(groups) == 1 else [design[places] for places, _ in groups]
    runs = [
        _integrated(ensemble, response, ensemble.meters(some), training)
        for some, (_, response) in zip(alike, groups, strict=True)
    ]
    order = np.argsort(np.concatenate([places for places, _ in groups]))
    return Measured.join(runs)[order]


def _integrated(
    ensemble: Ensemble, response: RidgeResponse, meters: Sequence[Meter], training: bool
) -> Measured:
    """The errors of trials that are answered by one route."""
    fit, stack = ensemble.fit, len(response.data.X)
    answers = [_Answer.of(part, fit.used, response) for part in ensemble.parts]
    bias = sum((answer.bias(meters[-1]) for answer in answers), np.zeros(stack))
    collapse = sum((answer.collapse(meters[-1]) for answer in answers), np.zeros(stack))
    variances = _variances(response, fit.noise, meters)
    variance = variances[meters[-1]]
    fresh, from_shifts = _fresh(answers, variances, meters[:-1])
    seen, seen_from_shifts = np.zeros_like(fresh), np.zeros_like(fresh)
    if training:
        seen, seen_from_shifts = _training(ensemble, response, fresh, from_shifts)
    return Measured(
        terms=np.stack([bias + variance + collapse, bias, variance, collapse], axis=-1),
        training=seen,
        fresh=fresh,
        training_from_shifts=seen_from_shifts,
        fresh_from_shifts=from_shifts,
        overlaps=np.full((stack, 2), np.nan),
    )


@dataclasses.dataclass(frozen=True, eq=False)
class _Answer:
    """The fitted weights for one part of the truths, one column for each of its columns.

    common : where every source has the truth w_t; beyond : what the w_k − w_t add; None for 0.
    """

    part: TruthFactors
    common: Fitted | None
    beyond: Fitted | None
    _known: dict[tuple[Meter, Fitted, int], Array] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, part: TruthFactors, used: tuple[int, ...], response: RidgeResponse) -> "_Answer":
        common = response.weights([part.target for _ in used])
        beyond = response.weights([part.deviations[k] for k in used])
        return cls(part, common, beyond)

    def bias(self, meter: Meter) -> Array | float:
        """(T,)."""
        return 0.0 if self.common is None else self._square(meter, self.common, self.part.target)

    def collapse(self, meter: Meter) -> Array | float:
        """(T,) E|D + r|² − E|r|² for D beyond and the residual r of the common part, formed as
        E D(D + 2r)."""
        if self.beyond is None:
            return 0.0
        if self.common is None or self.part.target is None:
            return self._square(meter, self.beyond, None)
        T, D, F = self.common.values, self.beyond.values, self.part.target
        return meter.product(D, D + 2 * T, 2 * F)

    def add_errors(self, meters: Sequence[Meter], errors: Array) -> None:
        """Add to (T, K) those on fresh data of each source, whose truth is its own."""
        for k, (meter, own) in enumerate(zip(meters, self.part.truths, strict=True)):
            if self._fitted is not None:
                errors[:, k] += self._square(meter, self._fitted, own)
            elif own is not None:
                errors[:, k] += meter.null(own)

    def _square(self, meter: Meter, fitted: Fitted, F: Array | None) -> Array:
        """Once for each meter and truth: the target's are often those of a source."""
        key = meter, fitted, id(F)
        if key not in self._known:
            self._known[key] = meter.square(fitted, F)
        return self._known[key]

    @cached_property
    def _fitted(self) -> Fitted | None:
        if self.common is None or self.beyond is None:
            return self.beyond if self.common is None else self.common
        return Fitted(self.common.values + self.beyond.values)


def _fresh(
    answers: Sequence[_Answer], variances: Mapping[Meter, Array], meters: Sequence[Meter]
) -> tuple[Array, Array]:
    """(T, K) errors on fresh data of each source, and the part of the shifts in them."""
    fresh = np.stack([variances[meter] for meter in meters], axis=-1)
    from_shifts = np.zeros_like(fresh)
    for answer in answers:
        answer.add_errors(meters, fresh)
        if answer.part.target is None:
            answer.add_errors(meters, from_shifts)
    return fresh, from_shifts


def _weighted(ensemble: Ensemble, design: Design) -> Weighted:
    """The rows that the fit looks at; those of the problem themselves where none is changed."""
    fit = ensemble.fit

    def picked(matrix: Array) -> Array:
        if fit.whole:
            return matrix
        stack, _, columns = matrix.shape
        weighted = np.empty((stack, fit.rows[-1].stop, columns))
        for k, here, weight in zip(fit.used, fit.rows, fit.weights, strict=True):
            np.multiply(matrix[:, ensemble.rows[k]], np.sqrt(weight), out=weighted[:, here])
        return weighted

    X = picked(design.X)
    if design.nonlinear is None:
        return Weighted(X, fit.rows, design.S, unlikeness=fit.unlikeness)
    return Weighted(X, fit.rows, None, picked(design.features), fit.unlikeness)


def _variances(response: RidgeResponse, s: Array, meters: Sequence[Meter]) -> dict[Meter, Array]:
    """The error of weights fitted to noise, (T,), by each meter: from their second moments, or only
    the diagonal of these, if that will do."""
    exact = [meter for meter in meters if isinstance(meter, ExactMeter)]
    if len(exact) < len(meters):
        columns = response.noise_columns(s)
        return {meter: meter.square(columns, None) for meter in meters}
    diagonal = [meter for meter in exact if isinstance(meter, DiagonalMeter)]
    if len(diagonal) < len(exact):
        moment = response.noise_moment(s)
        return {meter: meter.trace(moment) for meter in exact}
    noise = response.noise(s)
    return {meter: meter.sum(noise) for meter in diagonal}


def _training(
    ensemble: Ensemble, response: RidgeResponse, fresh: Array, from_shifts: Array
) -> tuple[Array, Array]:
    """(T, K) training errors, and the part of the shifts in them."""
    fit = ensemble.fit
    used = list(fit.used)
    seen, seen_from_shifts = fresh + fit.own_noise, from_shifts.copy()
    if fit.in_vain:
        return seen, seen_from_shifts
    sums, shifted = response.training_noise(fit.noise), np.zeros((len(fresh), len(used)))
    for part in ensemble.parts:
        added = response.training([part.truths[k] for k in used])
        sums = sums + added
        shifted += added if part.target is None else 0.0
    seen[:, used], seen_from_shifts[:, used] = sums / fit.scale, shifted / fit.scale
    return seen, seen_from_shifts
