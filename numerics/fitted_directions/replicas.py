"""Problems whose labels or rules take the weights of fits, as problems with fixed vectors.

The deterministic equivalent sees vectors x, y only by sums Σ_i g_i x_i y_i over coordinates, with smooth g.
So a vector that is random in every coordinate can be replaced by fixed ones: each coordinate becomes R copies
of multiplicity 1/R, and vectors have components in them whose products are R times E x_i y_i. Copy 0 has what
is fixed, the next one the truth where it is random, and each fit has one of its own for its fluctuation,
Var ŵ_i; its mean is in the copies before.

Regime: the fits are independent of each other and of the mix (their samples are disjoint), and d is large, so
that their overlaps are those expected.
"""

from typing import Any

import numpy as np

from ...theory.base.arrays import Array
from ...theory.base.errors import SpecError
from ...theory.data.covariance import Covariance, DiagonalPlusLowRankCovariance
from ...theory.data.effective_covariances import expanded
from ...theory.data.second_moments import Fixed, Moment, is_matrix
from ...theory.data.source import Source, Target
from ...theory.data.spectrum import Spectrum
from ...theory.selection.label_laws import LabelLaw
from ...theory.selection.selected_moments import SelectedMoments, selected_moments
from ...theory.selection.selection import Selection, update_of
from ...theory.selection.selection_rules import Rule
from ...theory.selection.vectors import vectors_of, with_vectors
from ...theory.specification.problem import Problem
from .fit_moments import fit_moments

__all__ = ["Replicas", "with_fixed_vectors"]


def with_fixed_vectors(problem: Problem) -> Problem:
    """The problem without fits in its selections, and with the same prediction."""
    assert problem.signal is not None
    return Replicas(int(problem.d), problem.signal).plain(problem)


class Replicas:
    """The copies of the coordinates, and the columns of every vector in them, (d, copies).

    signal : of the problem and of all fits.
    """

    def __init__(self, d: int, signal: Moment) -> None:
        _check(signal, "signal")
        self.d, self.fixed = d, isinstance(signal, Fixed)
        self.copies = 1 if self.fixed else 2
        fixed = signal.columns[:, 0] if isinstance(signal, Fixed) else np.sqrt(signal) * np.ones(d)
        self.truth = self._in_copy(fixed, 0 if self.fixed else 1)
        self.fits: dict[str, Array] = {}
        self.shifts: dict[str, Array] = {}

    def _in_copy(self, values: Array, copy: int) -> Array:
        columns = np.zeros((self.d, copy + 1))
        columns[:, copy] = values
        return columns

    def columns(self, vector: Any) -> Array:
        """The columns of a fixed vector, or of the weights of a fit."""
        if not isinstance(vector, Problem):
            return self._in_copy(np.asarray(vector), 0)
        if vector.trained_as not in self.fits:
            copies_before = None
            plain = self.plain(vector)
            copies_before = self.copies
            mean, variance = fit_moments(plain)
            mean = mean.reshape(self.d, copies_before) / np.sqrt(copies_before)
            spread = np.sqrt(variance.reshape(self.d, copies_before)[:, :1])
            self.fits[vector.trained_as] = np.hstack([mean, spread])
            self.copies = copies_before + 1
        return self.fits[vector.trained_as]

    def flat(self, columns: Array) -> Array:
        """(d R,) the columns one coordinate after the other, without the factor √R."""
        padded = np.zeros((self.d, self.copies))
        padded[:, : columns.shape[1]] = columns
        return padded.ravel()

    def moments(self, law: LabelLaw, keep: Rule, inputs: Spectrum) -> SelectedMoments:
        """The moments of a kept sample; ``basis`` is in the copies of now."""
        for vector in (*vectors_of(law), *vectors_of(keep)):
            self.columns(vector)

        def flat(vector: Any) -> Array:
            return self.flat(self.columns(vector))

        values = np.repeat(expanded(inputs), self.copies)
        return selected_moments(with_vectors(law, flat), with_vectors(keep, flat), Spectrum(values))

    def plain(self, problem: Problem) -> Problem:
        """The problem with fixed vectors, in the copies of now."""
        for source in problem.sources:
            self._place_shift(source)
        moments = {
            k: self.moments(s.law, s.keep, s.inputs)  # type: ignore[arg-type]
            for k, s in enumerate(problem.sources)
            if isinstance(s, Selection)
        }
        # a later selection may have added copies: the moments are the same, the basis is longer
        moments = {
            k: self.moments(s.law, s.keep, s.inputs)  # type: ignore[arg-type]
            for k, s in enumerate(problem.sources)
            if isinstance(s, Selection)
        }
        sources = [
            self._selected(s, moments[k]) if isinstance(s, Selection) else self._source(s)
            for k, s in enumerate(problem.sources)
        ]
        return Problem(
            signal=self._fixed(self.truth),
            sources=sources,
            ridge=problem.ridge,
            model=problem.model,
            target=Target(
                self._covariance(problem.target_covariance), noise_variance=problem.target_noise_variance
            ),
        )

    def _fixed(self, columns: Array) -> Fixed:
        return Fixed(np.sqrt(self.copies) * self.flat(columns))

    def _covariance(self, covariance: Spectrum | Covariance) -> Spectrum:
        assert isinstance(covariance, Spectrum)
        values = np.repeat(expanded(covariance), self.copies)
        return Spectrum(values, np.full(values.size, 1 / self.copies))

    def _place_shift(self, source: Source) -> None:
        """A random shift is a vector in a copy of its own."""
        name, shift = source.drawn.truth, source.shift
        if shift is None or isinstance(shift, Fixed) or name in self.shifts:
            return
        _check(shift, "shift")
        self.shifts[name] = self._in_copy(np.sqrt(shift) * np.ones(self.d), self.copies)
        self.copies += 1

    def _shift(self, source: Source) -> Fixed | None:
        if source.shift is None:
            return None
        if isinstance(source.shift, Fixed):
            return self._fixed(self.columns(source.shift.columns[:, 0]))
        return self._fixed(self.shifts[source.drawn.truth])

    def _source(self, source: Source) -> Source:
        return Source(
            source.n,
            self._covariance(source.covariance),
            noise_variance=source.noise_variance,
            shift=self._shift(source),
            gain=source.gain,
            truth=None if source.truth is None else self._fixed(self.columns(source.truth.columns[:, 0])),
            weight=source.weight,
        )

    def _selected(self, selection: Selection, moments: SelectedMoments) -> Source:
        base = self._covariance(selection.inputs)
        vectors, coefficients = update_of(moments)
        scale = np.sqrt(self.copies)
        covariance = DiagonalPlusLowRankCovariance(base, scale * base.values[:, None] * vectors, coefficients)
        return Source(
            selection.n,
            covariance if coefficients.any() else base,
            noise_variance=moments.noise_variance,
            truth=scale * (moments.basis @ moments.truth),
            weight=selection.weight,
        )


def _check(moment: Moment, name: str) -> None:
    """Refuse what has no fixed vectors in copies of the coordinates."""
    if is_matrix(moment):
        raise SpecError(
            f"{name} must be a number, a 1-D array or Fixed(w) where trained models label or select samples; "
            f"got a matrix. Give the problem in the basis of that matrix."
        )
    if isinstance(moment, Fixed) and moment.columns.shape[1] > 1:
        raise SpecError(
            f"{name} must have one output where trained models label or select samples; got "
            f"{moment.columns.shape[1]} outputs. Predict each by itself."
        )
