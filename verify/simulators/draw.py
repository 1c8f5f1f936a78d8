"""Random draws of trials: the data of every source, the projection, the truths and the noise.

Both simulators start here, and draw in this order from the generator of a trial: X_1 … X_K, S, the
test sets if there are any, the truths (w_t, δ_1 … δ_K; fixed ones take nothing), ε_1 … ε_K. The
conditional one stops before the truths, so both see the same inputs under the same seed; so do
problems that differ only in ridge, weights, noise or truths.
"""

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ...theory import Activation, Problem, SpecError
from ...theory.base.arrays import Array
from .batched_linalg import Places
from .error_meters import Dense, DiagonalMeter, Meter, TestSet, exact_features
from .feature_moments import known
from .fit_data import Fit
from .matrix_roots import root_of
from .sampled_models import SampledModel, sampled_model
from .truth_factors import TruthFactors, parts_of

__all__ = ["TEST_SAMPLES", "Centred", "Design", "Ensemble", "Labels"]

TEST_SAMPLES = 2000
"""Inputs in each test set, where the errors of random features are not known in closed form."""

T = TypeVar("T")
U = TypeVar("U")


@dataclasses.dataclass(frozen=True)
class Centred:
    """act − centre, the nonlinear map of random features."""

    activation: Activation
    centre: float

    def __call__(self, z: Array) -> Array:
        values = self.activation(z)
        return values - self.centre if self.centre else values


@dataclasses.dataclass(frozen=True, eq=False)
class Design:
    """The random inputs of one trial, or of several, stacked along a leading axis of every array.

    X : (…, n, d), sources stacked; S : (…, d, m), None if linear; nonlinear : what random features
    apply to XS; tests : (…, TEST_SAMPLES, d) inputs for each different covariance, if they are
    needed. It is indexed like its arrays: design[0] is the first trial of several, and design[None]
    a stack of one.
    """

    X: Array
    S: Array | None
    nonlinear: Centred | None = None
    tests: tuple[Array, ...] = ()

    def __getitem__(self, trials: int | Places | None) -> "Design":
        S = None if self.S is None else self.S[trials]
        return Design(self.X[trials], S, self.nonlinear, tuple(x[trials] for x in self.tests))

    @cached_property
    def features(self) -> Array:
        """Φ, (…, n, m): one row φ(x) for each sample."""
        return self.features_of(self.X)

    def features_of(self, X: Array) -> Array:
        """One row φ(x) for each row of X."""
        z = X if self.S is None else X @ self.S
        return z if self.nonlinear is None else self.nonlinear(z)

    def effective(self, v: Array) -> Array:
        """Sv, (…, d, q): the ŵ for which f(x) = vᵀφ(x) = xᵀŵ; v itself for random features."""
        return v if self.S is None or self.nonlinear is not None else self.S @ v


@dataclasses.dataclass(frozen=True, eq=False)
class Labels:
    """Truths and noise of one trial: w_t (d, outputs), the w_k likewise, ε (n, outputs)."""

    target: Array
    truths: tuple[Array, ...]
    noise: Array

    def of(self, things: Sequence[T]) -> Iterator[tuple[T, Array]]:
        """One thing for each source, beside the truth w_k of that source."""
        return zip(things, self.truths, strict=True)


@dataclasses.dataclass(frozen=True, eq=False)
class Ensemble:
    """The distributions that the trials of a problem are drawn from.

    Every eigenvalue stands as often as its multiplicity says: covariances and their roots, those of
    the target last, are (d,) or (d, d), and equal ones are one object.

    Raises
    ------
    SpecError
        Where a multiplicity is not an integer: half a coordinate cannot be drawn.

    >>> from detequiv.theory import Source, isotropic
    >>> ensemble = Ensemble.of(Problem(signal=1, sources=[Source(4, isotropic(3))], ridge=1))
    >>> ensemble.design(np.random.default_rng(0)).X.shape
    (4, 3)
    """

    problem: Problem
    rows: tuple[slice, ...]
    covariances: tuple[Array, ...]
    roots: tuple[Array, ...]
    parts: tuple[TruthFactors, ...]

    @classmethod
    def of(cls, problem: Problem) -> "Ensemble":
        """The ensemble of a problem."""
        frame = problem.coordinates.as_arrays()
        repeats = _integers(frame.multiplicities)
        covariances = _mapped(lambda Σ: _repeated(Σ, repeats), frame.covariances)
        ends = np.cumsum([0, *(source.n for source in problem.sources)])
        return cls(
            problem=problem,
            rows=tuple(slice(int(a), int(b)) for a, b in itertools.pairwise(ends)),
            covariances=covariances,
            roots=_mapped(root_of, covariances),
            parts=parts_of(frame, repeats),
        )

    @cached_property
    def fit(self) -> Fit:
        """The inputs of the fit that are the same in every trial."""
        return Fit.of(self.problem)

    @property
    def d(self) -> int:
        """The dimension."""
        return len(self.covariances[-1])

    @cached_property
    def outputs(self) -> int:
        """Columns of the truths."""
        return next((part.columns for part in self.parts if not part.random), 1)

    @property
    def shifts_apart(self) -> bool:
        """Whether collapse is the shifts' alone, and linear in their second moments."""
        return self.problem.truths is None and all(part.pure for part in self.parts)

    @cached_property
    def sampled(self) -> SampledModel | None:
        """How S is drawn; None where there is none."""
        return sampled_model(self.problem.model)

    @cached_property
    def nonlinear(self) -> Centred | None:
        """The function that random features apply to Sᵀx: one constant centres it for all covariances."""
        act = self.problem.model.activation
        if act is None:
            return None
        q = (self.problem.entry_variance or 0.0) * self.problem.sources[0].population.trace
        return Centred(act, 0.0 if act.odd else float(act.moments(q).mean))

    @cached_property
    def tested(self) -> tuple[int, ...]:
        """One place of each different covariance, where errors are measured on test sets."""
        act = self.nonlinear
        if act is None or known(act.activation):
            return ()
        first = {id(Σ): k for k, Σ in reversed(list(enumerate(self.covariances)))}
        return tuple(sorted(first.values()))

    def design(self, rng: np.random.Generator) -> Design:
        """The inputs of one trial."""
        return self.designs([rng])[0]

    def designs(self, rngs: Sequence[np.random.Generator]) -> Design:
        """A stack of trials, one from each generator: inputs x ~ N(0, Σ_k), the matrix S of the
        model, and the inputs of test sets."""
        X, S, tests = self._normal(rngs)
        for rows, root in zip(self.rows, self.roots, strict=False):
            _scale(X[:, rows], root)
        for k, inputs in zip(self.tested, tests, strict=True):
            _scale(inputs, self.roots[k])
        if S is not None and self.sampled is not None:
            S = self.sampled.finish(S, self.problem)
        return Design(X, S, self.nonlinear, tests)

    def _normal(self, rngs: Sequence[np.random.Generator]) -> tuple[Array, Array | None, tuple[Array, ...]]:
        """Standard normal entries of all that a design has, drawn in its order; S as its model has it."""
        stack, sampled = len(rngs), self.sampled
        X = np.empty((stack, self.problem.n, self.d))
        S = None if sampled is None else np.empty((stack, self.d, self.problem.model.width or 0))
        tests = tuple(np.empty((stack, TEST_SAMPLES, self.d)) for _ in self.tested)
        for t, rng in enumerate(rngs):
            rng.standard_normal(out=X[t])
            if S is not None and sampled is not None:
                sampled.draw(rng, S[t])
            for inputs in tests:
                rng.standard_normal(out=inputs[t])
        return X, S, tests

    def meters(self, design: Design) -> tuple[Meter, ...]:
        """The measures of the errors on each source and, last, at the target."""
        return _mapped(lambda Σ: self._meter(Σ, design), self.covariances)

    def _meter(self, Σ: Array, design: Design) -> Meter:
        k = next(k for k, other in enumerate(self.covariances) if other is Σ)
        linear = DiagonalMeter(Σ) if Σ.ndim == 1 else Dense(Σ, self.roots[k])
        act = design.nonlinear
        if act is None or design.S is None:
            return linear
        if design.tests:
            inputs = design.tests[self.tested.index(k)]
            return TestSet(inputs, design.features_of(inputs))
        return exact_features(linear, act.activation, act.centre, design.S)

    def labels(self, rng: np.random.Generator) -> Labels:
        """The truths w_t and w_k, and the noise; variances are those of all outputs together."""
        w_t = np.zeros((self.d, self.outputs))
        beyond = [np.zeros_like(w_t) for _ in self.problem.sources]
        for part in self.parts:
            target, *deviations = part.draw(rng, self.outputs)
            w_t += target
            for w, deviation in zip(beyond, deviations, strict=True):
                w += deviation
        noise = rng.standard_normal((self.problem.n, self.outputs))
        for source, rows in zip(self.problem.sources, self.rows, strict=True):
            noise[rows] *= np.sqrt(source.noise_variance / self.outputs)
        return Labels(w_t, tuple(w_t + w for w in beyond), noise)


def _scale(X: Array, root: Array) -> None:
    """Standard normal rows to x ~ N(0, Σ), for the symmetric root of Σ."""
    if root.ndim == 1:
        X *= root
    else:
        X[:] = X @ root


def _mapped(function: Callable[[Array], U], arrays: Sequence[Array]) -> tuple[U, ...]:
    """The function of every array, called once for each different one."""
    values = {id(array): function(array) for array in {id(a): a for a in arrays}.values()}
    return tuple(values[id(array)] for array in arrays)


def _repeated(Σ: Array, repeats: NDArray[np.int64]) -> Array:
    return Σ if Σ.ndim == 2 or (repeats == 1).all() else np.repeat(Σ, repeats)


def _integers(multiplicities: Array) -> NDArray[np.int64]:
    whole = np.round(multiplicities)
    if not np.array_equal(whole, multiplicities):
        i = int(np.argmax(whole != multiplicities))
        raise SpecError(
            f"multiplicities must be integers to be simulated; got {multiplicities[i]:.17g} at "
            f"index {i}. Round them, and compare with the prediction for the rounded problem."
        )
    return whole.astype(np.int64)
