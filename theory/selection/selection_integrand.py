"""The integrand of a selection: what is kept, times monomials of scores and label."""

import dataclasses
import functools
import itertools
import math
from collections.abc import Callable
from functools import cached_property

import numpy as np

from ..base.arrays import Array, Indices
from .hidden_breaks import jumps, padded, sign_changes
from .label_laws import FunctionLabels, LinearLabels, ProbitLabels, SignLabels
from .label_values import Level, label_levels, normal_moment
from .nested_panels import Axis, natural_sizes, nested_expectations
from .normal_pieces import FARTHEST, NARROW, centred_moments, piece_moments
from .panel_edges import GRADES, STEEP, LevelCuts, by_level
from .score_axes import Cut, ScoreAxes, Smooth
from .selection_rules import Plane, Probability, Rule

__all__ = ["Integrand"]

Boundaries = Callable[[Indices, Array], Array]
Powers = dict[tuple[int, ...], float]

BULK = 9.5
"""Farther out, a standard normal number has a probability of 1e-21."""
EDGES = {1: (0.0, 1.2, 2.6, 4.2, 6.3), 2: (0.0, 1.9, 4.3), 3: (0.0, 2.6)}
TAIL = (9.5, 14.0, 20.0, 28.0, 38.0)
TOLERANCE = {1: 1e-14, 2: 1e-12, 3: 1e-7}
INNER = 30.0
"""Each axis is integrated this many times more accurately than the one around it."""
ROUNDING = 1e-14
"""Coordinates of a cut that are smaller, relative to the largest, are 0."""
SCANNED, SCANNED_ONCE = 97, 2001
"""Points between which breaks are looked for: for each point of the outer axes, and once for all."""


@dataclasses.dataclass(frozen=True)
class Integrand:
    """One class of labels: in_class is ±1 in a mixture, else 0. tail : whether to go beyond 9.5."""

    axes: ScoreAxes
    in_class: float
    degree: int
    tail: bool = False

    # ---- scores and labels

    @property
    def sees(self) -> bool:
        """Whether the rule sees the label."""
        return self.axes.rule.sees_label

    @cached_property
    def forms(self) -> Array:
        """(2 parts + 1, K): the rule's scores, differences of label and score, and the label's score."""
        joint = np.zeros_like(self.axes.scores)
        for i, form in self.axes.joint.items():
            joint[i] = form
        return np.vstack([self.axes.scores, joint, self.axes.label_score])

    @cached_property
    def offsets(self) -> Array:
        """The means of these scores."""
        means: Array = self.in_class * (self.forms @ (self.axes.axes[:-1].T @ self.axes.shift))
        return means

    def kept(self, values: Array, y: Array, seeing: bool | None = None) -> Array:
        """q, given the forms (2 parts + 1, …) and the label (…); of rules that see it, or do not, only."""
        parts = self.axes.rule.parts
        share = np.ones(np.broadcast_shapes(values.shape[1:], y.shape))
        for i, part in enumerate(parts):
            if seeing is None or part.sees_label is seeing:
                seen = values[len(parts) + i] if i in self.axes.joint else y
                share = share * part.value(values[i], seen)
        return share

    # ---- cuts

    @cached_property
    def _all_planes(self) -> list[tuple[int, Plane]]:
        return [(i, plane) for i, part in enumerate(self.axes.rule.parts) for plane in part.planes]

    @cached_property
    def curved(self) -> list[tuple[int, Plane]]:
        """Planes of smooth labels, which are curved in the axes."""
        return [(i, p) for i, p in self._all_planes if p.label and isinstance(self.axes.labels, Smooth)]

    @cached_property
    def cuts(self) -> list[Cut]:
        """The planes in the axes."""
        found: list[Cut] = []
        labels, forms = self.axes.labels, self.forms

        def put(form: Array, at: float, offset: float) -> None:
            form = np.where(np.abs(form) < ROUNDING * np.abs(form).max(initial=0.0), 0.0, form)
            if form.any():
                found.append(Cut(form, at - offset))

        for i, p in self._all_planes:
            if not p.label:
                put(forms[i] * p.score, p.at, self.offsets[i] * p.score)
            elif isinstance(labels, LinearLabels):
                put((self.axes.joint[i] if p.score else forms[-1]) * p.label, p.at, 0.0)
            elif p.score and not isinstance(labels, Smooth):
                for y in (1.0, -1.0):
                    put(forms[i] * p.score, p.at - p.label * y, self.offsets[i] * p.score)
        if isinstance(labels, SignLabels | ProbitLabels):
            put(forms[-1], 0.0, 0.0)
        for (i, p), (j, o) in itertools.combinations(self.curved, 2):  # where two limits on y are the same
            form = forms[i] * (p.score / p.label) - forms[j] * (o.score / o.label)
            put(form, p.at / p.label - o.at / o.label, 0.0)
        for i, at in self._found_in_scores():
            put(forms[i], at, self.offsets[i])
        return found

    def _found_in_scores(self) -> list[tuple[int, float]]:
        """Breaks of users' functions of one score."""
        found: list[tuple[int, float]] = []
        continuous = isinstance(self.axes.labels, (*Smooth, LinearLabels))
        for i, part in enumerate(self.axes.rule.parts):
            if isinstance(part, Probability) and not (part.sees_label and continuous):
                for y in (1.0, -1.0) if part.sees_label else (0.0,):
                    found += [(i, at) for at in self._scan(i, functools.partial(_at_label, part, y))]
        labels = self.axes.labels
        if isinstance(labels, FunctionLabels):
            found += [(-1, at) for at in labels.breaks]
            for function in (labels.mean, labels.variance):
                if function is not None:
                    found += [(-1, at) for at in self._scan(-1, function)]
        return found

    def _scan(self, i: int, function: Callable[[Array], Array]) -> list[float]:
        reach = BULK * float(np.linalg.norm(self.forms[i]))
        if reach == 0:
            return []
        grid = self.offsets[i] + np.linspace(-reach, reach, SCANNED_ONCE)
        _, places = jumps(lambda _, z: function(z)[None], 1, grid)
        return [float(at) for at in places]

    # ---- quadrature

    @cached_property
    def _levels(self) -> list[LevelCuts]:
        return by_level(self.cuts, self.axes.count)

    @cached_property
    def _base(self) -> Array:
        right = [*EDGES[self.axes.dimensions], *(TAIL if self.tail else (BULK,))]
        return np.array(sorted({*right, *(-x for x in right)}))

    def _edges(self, level: int, outer: Array) -> Array:
        n, base = len(outer), self._base
        parts = [np.broadcast_to(base, (n, base.size))]
        if level < self.axes.numeric:
            parts.append(self._levels[level].places(outer))
        if level == self.axes.dimensions - 1:
            parts += self._scanned(outer)
        edges: Array = np.sort(np.clip(np.concatenate(parts, axis=1), base[0], base[-1]), axis=1)
        return edges

    def _scanned(self, outer: Array) -> list[Array]:
        """Breaks along the last numeric axis that are not planes."""
        rule, labels = self.axes.rule, self.axes.labels
        hidden = [
            p.sees_label and p.varies and isinstance(labels, (*Smooth, LinearLabels)) for p in rule.parts
        ]
        if not self.curved and not any(hidden):
            return []
        n = len(outer)
        grid = np.linspace(self._base[0], self._base[-1], SCANNED)

        def along(row: Indices, x: Array) -> tuple[Array, Array]:
            row, x = np.broadcast_arrays(row, x)
            point = np.concatenate([outer[row], x[..., None]], axis=-1)
            return self._at(point)

        def boundaries(row: Indices, x: Array) -> Array:
            z, y = along(row, x)
            return np.stack([p.label * y + p.score * z[i] - p.at for i, p in self.curved])

        def shares(row: Indices, x: Array) -> Array:
            z, y = along(row, x)
            return np.stack([p.value(z[i], y) for i, p in enumerate(rule.parts) if hidden[i]])

        found = []
        if self.curved:
            which, row, at = sign_changes(boundaries, n, grid)
            row, at = self._graded(boundaries, which, row, at, outer)
            found.append(padded(row, at, n, grid[-1]))
        if any(hidden):
            found.append(padded(*jumps(shares, n, grid), n, grid[-1]))
        return found

    def _graded(
        self, boundaries: Boundaries, which: Indices, row: Indices, at: Array, outer: Array
    ) -> tuple[Indices, Array]:
        """Places also beside those where closed noise makes what is kept change steeply."""
        if self.axes.noise != "closed" or not len(row):
            return row, at
        step, pick = 1e-6, np.arange(len(row))
        rise = (boundaries(row, at + step) - boundaries(row, at - step))[which, pick] / (2 * step)
        score = np.column_stack([outer[row], at]) @ self.forms[-1, : self.axes.numeric] + self.offsets[-1]
        ((_, _, deviation),) = label_levels(self.axes.labels, score, self.in_class)
        assert deviation is not None
        size = np.array([abs(p.label) for _, p in self.curved])[which]
        with np.errstate(all="ignore"):
            width = size * deviation / np.abs(rise)
        steep = width < STEEP
        places = [at, *(at[steep] + grade * width[steep] for grade in GRADES if grade)]
        rows = [row, *(row[steep] for grade in GRADES if grade)]
        return np.concatenate(rows), np.concatenate(places)

    def _at(self, point: Array) -> tuple[Array, Array]:
        """The forms (2 parts + 1, …) and the label, or its mean where the noise is closed."""
        h = point[..., : self.axes.numeric]
        values = np.moveaxis(h @ self.forms[:, : self.axes.numeric].T, -1, 0) + self.offsets.reshape(
            -1, *[1] * (h.ndim - 1)
        )
        ((_, y, deviation),) = label_levels(self.axes.labels, values[-1], self.in_class)
        if self.axes.noise == "numeric" and deviation is not None:
            y = y + deviation * point[..., -1]
        return values, y

    def expectations(self) -> tuple[Powers, float]:
        """E of q times monomials, by the powers of the axes and of the label; the largest error.

        The error is relative to the natural size of each.
        """
        axes, exponents = self._axes(self._monomials), self._exponents(self._monomials)[0]
        values, errors = nested_expectations(axes, self._moments)
        sizes = natural_sizes(np.abs(values), exponents)
        linear = isinstance(self.axes.labels, LinearLabels)
        names = [(*row, 0) if linear else tuple(row) for row in exponents.tolist()]
        error = float(np.max(errors[sizes > 0] / sizes[sizes > 0], initial=0.0))
        return dict(zip(names, values.tolist(), strict=True)), error

    def squared(self, slopes: Array, constant: float) -> tuple[float, float]:
        """E q (y − constant − slopes·h)², and its error."""
        one = [[(0, 0)]] * (self.axes.dimensions + 1)

        def leaf(outer: Array) -> Array:
            return self._squares(outer, slopes, constant)

        values, errors = nested_expectations(self._axes(one), leaf)
        return float(values[0]), float(errors[0])

    @cached_property
    def _monomials(self) -> list[list[tuple[int, int]]]:
        """Of each level, the power of its axis and the component of the next; of the leaf, of h and y."""
        D = self.degree
        of_h = D if self.axes.closed else 0
        of_y = 0 if isinstance(self.axes.labels, LinearLabels) else D
        leaf = [(j, i) for j in range(of_h + 1) for i in range(of_y + 1) if i + j <= D]
        levels, degrees = [leaf], [i + j for j, i in leaf]
        for level in reversed(range(self.axes.dimensions)):
            most = D if level < self.axes.numeric else 0
            both = [(j, k) for j in range(most + 1) for k, deg in enumerate(degrees) if j + deg <= D]
            degrees = [j + degrees[k] for j, k in both]
            levels.insert(0, both)
        return levels

    def _exponents(self, monomials: list[list[tuple[int, int]]]) -> list[Array]:
        """Of each level, the powers of its axis, the inner ones and y in each component."""
        *outer, leaf = monomials
        closed, linear = self.axes.closed, isinstance(self.axes.labels, LinearLabels)
        names = np.array(leaf)[:, (0 if closed else 1) : (1 if linear else 2)]
        levels = [names]
        for level in reversed(range(self.axes.dimensions)):
            powers, parents = np.array(outer[level]).T
            names = names[parents]
            if level < self.axes.numeric:
                names = np.column_stack([powers, names])
            levels.insert(0, names)
        return levels

    def _axes(self, monomials: list[list[tuple[int, int]]]) -> list[Axis]:
        tolerance = TOLERANCE.get(self.axes.dimensions, 0.0)
        exponents = self._exponents(monomials)
        found = []
        for level in range(self.axes.dimensions):
            powers, parents = np.array(monomials[level]).T
            edges = functools.partial(self._edges, level)
            found.append(Axis(edges, parents, powers, exponents[level], tolerance / INNER**level))
        return found

    # ---- the innermost integral

    def _pieces(self, outer: Array) -> tuple[Array, Array, Array]:
        """The forms on each piece of the last axis, if that is closed, with the ends of the pieces."""
        h, n = outer[:, : self.axes.numeric], len(outer)
        values = (h @ self.forms[:, : self.axes.numeric].T + self.offsets).T[:, :, None]
        if not self.axes.closed:
            everywhere = np.full((n, 1), np.inf)
            return values, -everywhere, everywhere
        low, high, inside = _between(self._levels[-1].places(h))
        return values + self.forms[:, -1][:, None, None] * inside, low, high

    def _shares(self, values: Array, outer: Array) -> list[tuple[Array, Level]]:
        """q and label on each piece, for each label that samples may have."""
        levels = label_levels(self.axes.labels, values[-1], self.in_class)
        if not self.sees:
            share = self.kept(values, values[-1] * 0.0)
            return [(share * chance, (chance, y, deviation)) for chance, y, deviation in levels]
        found = []
        for chance, y, deviation in levels:
            seen = y if deviation is None else y + deviation * outer[:, -1:]
            found.append((chance * self.kept(values, seen), (chance, y, deviation)))
        return found

    def _moments(self, outer: Array) -> Array:
        """The components (n, k) of the leaf."""
        values, low, high = self._pieces(outer)
        monomials = self._monomials[-1]
        closed_noise = self.axes.noise == "closed"
        shares: list[tuple[Array, Level]]
        if closed_noise:
            shares = [(self.kept(values, values[-1] * 0.0, seeing=False), (1.0, values[-1], None))]
        else:
            shares = self._shares(values, outer)
        wanted = np.broadcast_to(np.any([q > 0 for q, _ in shares], axis=0), low.shape)
        m = piece_moments(low, high, wanted, max(j for j, _ in monomials))
        total = np.zeros((len(monomials), len(outer)))
        for q, (_, y, deviation) in shares:
            for power in {i for _, i in monomials}:
                weights = q if closed_noise else self._weights(q, y, deviation, power, outer)
                for k, (j, i) in enumerate(monomials):
                    if i == power:
                        total[k] += (weights * m[j]).sum(axis=1)
        if closed_noise:
            of_label = self._label_moments(outer, max(i for _, i in monomials))
            total *= of_label[[i for _, i in monomials]]
        return total.T

    def _weights(self, q: Array, y: Array, deviation: Array | None, power: int, outer: Array) -> Array:
        """q E yᵖᵒʷᵉʳ on each piece."""
        weights: Array = q
        if power and self.axes.noise == "numeric" and deviation is not None:
            weights = q * (y + deviation * outer[:, -1:]) ** power
        elif power:
            weights = q * normal_moment(power, y, deviation)
        return weights

    def _noise_pieces(self, outer: Array) -> tuple[Array, Array, Array, Array, Array]:
        """Of closed noise: q of rules that see the label, its mean and deviation, and the pieces."""
        h = outer[:, : self.axes.numeric]
        values = (h @ self.forms[:, : self.axes.numeric].T + self.offsets).T[:, :, None]
        ((_, mean, deviation),) = label_levels(self.axes.labels, values[-1], self.in_class)
        assert deviation is not None
        edges = [(p.at - p.score * values[i]) / p.label for i, p in self.curved]
        with np.errstate(all="ignore"):
            places = (np.concatenate(edges, axis=1) - mean) / deviation
        places = np.nan_to_num(places, nan=FARTHEST, posinf=FARTHEST, neginf=-FARTHEST)
        low, high, inside = _between(places)
        return self.kept(values, mean + deviation * inside, seeing=True), mean, deviation, low, high

    def _label_moments(self, outer: Array, most: int) -> Array:
        """E q yⁱ over closed noise, (most + 1, n), for the rules that see the label."""
        q, mean, deviation, low, high = self._noise_pieces(outer)
        m = piece_moments(low, high, q > 0, most)
        found = np.empty((most + 1, len(outer)))
        for i in range(most + 1):
            terms = [math.comb(i, b) * mean ** (i - b) * deviation**b * m[b] for b in range(i + 1)]
            found[i] = (q * sum(terms)).sum(axis=1)
        return found

    def _squares(self, outer: Array, slopes: Array, constant: float) -> Array:
        """E of the squared residual over the last axis, (n, 1), without cancellation on short pieces."""
        numeric = self.axes.numeric
        fixed = (outer[:, :numeric] @ slopes[:numeric] + constant)[:, None]
        along = -float(slopes[-1]) if self.axes.closed else 0.0
        values, low, high = self._pieces(outer)
        if self.axes.noise == "closed":
            q, mean, deviation, *ends = self._noise_pieces(outer)
            r = _power_sums(q, ends[0], ends[1], mean - fixed, deviation)
            blind = self.kept(values, values[-1] * 0.0, seeing=False)
            x = _power_sums(blind, low, high, np.zeros((len(outer), 1)), np.full((len(outer), 1), along))
            found: Array = r[2] * x[0] + 2 * r[1] * x[1] + r[0] * x[2]
            return found[:, None]
        total = np.zeros(len(outer))
        for q, (_, y, spread) in self._shares(values, outer):
            level, extra = y - fixed, np.zeros_like(y)
            if spread is not None and self.axes.noise == "numeric":
                level = level + spread * outer[:, -1:]
            elif spread is not None:
                extra = spread**2
            sums = _power_sums(q, low, high, level, np.full((len(outer), 1), along), extra)
            total += sums[2]
        return total[:, None]


def _at_label(rule: Rule, y: float, z: Array) -> Array:
    return rule.value(z, np.full_like(z, y))


def _power_sums(
    q: Array, low: Array, high: Array, level: Array, slope: Array, extra: Array | None = None
) -> Array:
    """E q, E q r and E q (r² + extra) over the pieces, (3, n), of r = level + slope x.

    Moments are taken about the middle of short pieces.
    """
    a, b = np.clip(low, -FARTHEST, FARTHEST), np.clip(high, -FARTHEST, FARTHEST)
    middle = np.where(high - low < NARROW, (a + b) / 2, 0.0)
    m = centred_moments(low, high, middle, np.broadcast_to(q > 0, low.shape))
    here = level + slope * middle
    extra = np.zeros(1) if extra is None else extra
    terms = [m[0], here * m[0] + slope * m[1], (here**2 + extra) * m[0] + 2 * here * slope * m[1]]
    terms[2] = terms[2] + slope**2 * m[2]
    return np.stack([(q * term).sum(axis=1) for term in terms])


def _between(places: Array) -> tuple[Array, Array, Array]:
    """The pieces between the places (n, k) of each row: their ends and a point inside each."""
    n = len(places)
    at = np.sort(np.clip(places, -FARTHEST, FARTHEST), axis=1)
    far = np.full((n, 1), np.inf)
    low, high = np.concatenate([-far, at], axis=1), np.concatenate([at, far], axis=1)
    inside = np.clip(low, -FARTHEST - 1, None) / 2 + np.clip(high, None, FARTHEST + 1) / 2
    return low, high, inside
