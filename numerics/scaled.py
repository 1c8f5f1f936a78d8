"""From a problem to the numbers of its equations, scaled by powers of two.

Multiplying covariances, ridge and noise by c multiplies every error by c; multiplying loss weights
and ridge by c changes nothing. Both factors are chosen as powers of two that bring the largest
eigenvalue and the largest weight near 1: the digits of every result are those of the problem.
"""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..theory.arrays import Array
from ..theory.master import Equations
from ..theory.mixture import Mixture
from ..theory.models import RandomProjection
from ..theory.problem import Problem
from ..theory.projection import Projection

__all__ = ["Scaled", "scale"]

SMALLEST, LARGEST = np.finfo(float).tiny, np.finfo(float).max


@dataclasses.dataclass(frozen=True)
class Scaled:
    """Equations and mixture in scaled units.

    Covariances, noise and errors are in units of ``unit``, weights in units of ``weight_unit``, the
    ridge in their product; both are powers of two. ``samples`` is n, those of weight 0 included.
    ``exact`` says that no number of the problem left the range of its type on the way.
    """

    equations: Equations
    mixture: Mixture
    samples: int
    unit: Any
    weight_unit: Any
    exact: bool


def scale(problem: Problem, number: Callable[[Any], Any] = float) -> Scaled:
    """The numbers of the master equations, each made by ``number``: float, or mpf of some context.

    The numbers of the problem are taken over as they are and scaled in that type; nλ, and nλ/s² for
    a random projection, are computed in it.
    """
    fitted = [k for k, source in enumerate(problem.sources) if source.active]
    exponent = _exponent(max(float(problem.spectra[k].max()) for k in fitted))
    weight_exponent = _exponent(max(problem.sources[k].weight for k in fitted))
    covariances, covariance_of = _distinct(problem.spectra)
    group = _groups(problem, covariance_of)
    leaders = [int(np.argmax(group == g)) for g in range(group.max() + 1)]
    given = Mixture(
        counts=np.array([float(source.n) for source in problem.sources]),
        weights=np.array([source.weight for source in problem.sources]),
        noise=np.array([source.noise_variance for source in problem.sources]),
        gains=np.array([source.gain for source in problem.sources]),
        group=group,
        covariances=covariances,
        covariance_of=covariance_of,
        signal=problem.signal_values,
        shifts=problem.shifts,
        multiplicities=problem.multiplicities,
    )
    if number is not float:
        given = _converted(given, number)
    two = number(2.0)
    mixture = dataclasses.replace(
        given,
        weights=_scaled(given.weights, -weight_exponent, two),
        noise=_scaled(given.noise, -exponent, two),
        covariances=_scaled(given.covariances, -exponent, two),
    )
    pairs = (
        (given.weights, mixture.weights),
        (given.noise, mixture.noise),
        (given.covariances, mixture.covariances),
    )
    equations = Equations(
        counts=np.array([mixture.counts[group == g].sum() for g in range(len(leaders))]),
        weights=mixture.weights[leaders],
        spectra=mixture.covariances[covariance_of[leaders]],
        multiplicities=mixture.multiplicities,
        projection=_projection(problem, exponent + weight_exponent, number),
    )
    return Scaled(
        equations=equations,
        mixture=mixture,
        samples=problem.n,
        unit=two**exponent,
        weight_unit=two**weight_exponent,
        exact=number is not float or all(_kept(a, b) for a, b in pairs),
    )


def _projection(problem: Problem, exponent: int, number: Callable[[Any], Any]) -> Projection:
    penalty = problem.n * (number(problem.ridge) * _power_of_two(-exponent, number))
    model = problem.model
    if not isinstance(model, RandomProjection):
        return Projection(None, penalty)
    if model.entry_variance is None:
        return Projection(number(float(model.width)), penalty * number(float(problem.d)))
    return Projection(number(float(model.width)), penalty / number(model.entry_variance))


def _power_of_two(exponent: int, number: Callable[[Any], Any]) -> Any:
    """2^exponent; 0 or inf where float cannot hold it, for the solver to see and take mpmath."""
    if number is not float:
        return number(2) ** exponent
    return math.ldexp(1.0, exponent) if exponent < 1024 else math.inf


def _scaled(values: Any, exponent: int, two: Any) -> Any:
    """values · 2^exponent; in float64 as a product where that factor is a normal number."""
    if values.dtype == object or abs(exponent) < 1000:
        with np.errstate(over="ignore", under="ignore"):
            return values * two**exponent
    with np.errstate(over="ignore", under="ignore"):
        return np.ldexp(values, exponent)


def _kept(given: Array, scaled: Array) -> bool:
    """Whether all of them are still there: none infinite, none lost bits below the least normal."""
    if not scaled.max() <= LARGEST:
        return False
    small = scaled < SMALLEST
    return not small.any() or not given[small].any()


def _exponent(largest: float) -> int:
    """The e for which largest/2^e lies between 1 and 2."""
    return math.frexp(largest)[1] - 1


def _distinct(spectra: tuple[Array, ...]) -> tuple[Array, Any]:
    """The different spectra, (q, p), and the index of each one's, (K + 1,)."""
    distinct: list[Array] = []
    index = []
    for values in spectra:
        known = [i for i, other in enumerate(distinct) if other is values]
        index.append(known[0] if known else len(distinct))
        if not known:
            distinct.append(values)
    return np.array(distinct), np.array(index)


def _groups(problem: Problem, covariance_of: Any) -> Any:
    """(K,) index of the group of sources with one covariance and weight; −1 if not fitted."""
    seen: dict[tuple[int, float], int] = {}
    group = [
        seen.setdefault((int(kind), source.weight), len(seen)) if source.active else -1
        for source, kind in zip(problem.sources, covariance_of, strict=False)
    ]
    return np.array(group)


def _converted(mixture: Mixture, number: Callable[[Any], Any]) -> Mixture:
    each = np.vectorize(number, otypes=[object])
    changes: dict[str, Any] = {
        field.name: each(value)
        for field in dataclasses.fields(mixture)
        if getattr(value := getattr(mixture, field.name), "dtype", None) == np.float64
    }
    shifts = tuple(None if shift is None else each(shift) for shift in mixture.shifts)
    return dataclasses.replace(mixture, shifts=shifts, **changes)
