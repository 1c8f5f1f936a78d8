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
from ...theory.data.covariance import Covariance, DiagonalPlusLowRankCovariance
from ...theory.data.effective_covariances import expanded
from ...theory.data.second_moments import Fixed, Moment
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
        self.d, self.fixed = d, isinstance(signal, Fixed)
        self.copies = 1 if self.fixed else 2
        fixed = signal.columns[:, 0] if isinstance(signal, Fixed) else np.sqrt(signal) * np.ones(d)
        self.truth = self._in_copy(fixed, 0 if self.fixed else 1)
        self.fits: dict[str, Array] = {}

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

    def _moment(self, moment: Any) -> Any:
        if moment is None or (np.ndim(moment) == 0 and not isinstance(moment, Fixed)):
            return moment
        if isinstance(moment, Fixed):
            return self._fixed(self.columns(moment.columns[:, 0]))
        return np.repeat(moment, self.copies)

    def _source(self, source: Source) -> Source:
        return Source(
            source.n,
            self._covariance(source.covariance),
            noise_variance=source.noise_variance,
            shift=self._moment(source.shift),
            gain=source.gain,
            truth=self._moment(source.truth),
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
