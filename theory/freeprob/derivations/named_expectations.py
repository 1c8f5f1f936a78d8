"""Named expectations: what the theory of ridge regression on mixed data is made of.

n_k samples of source k, rows of X_k with covariance Σ_k times a_k/n; a projection S with entries of
variance 1/d; Q is what the fit makes of labels: ŵ = Q Σ_k X_kᵀy_k, both weighted. Everything here
is a definition; equations are derived from it.
"""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import sympy

from ...base.errors import SpecError
from ...base.wording import suggestion
from ..expressions.expression import Deterministic, Gaussian, Matrix, identity
from ..expressions.traces import trace
from ..symbols.space_dimensions import dimensions
from ..systems.system import System
from .derivation import derive

__all__ = ["OBJECTS", "Mix", "N", "Object", "by_total", "derived", "named"]

λ = sympy.Symbol("lam", positive=True)


@dataclasses.dataclass(frozen=True)
class Mix:
    """The random matrices of several sources, and the test error that they make.

    covariances : the letter of each source; one letter is one covariance. weighted : whether source
    k has a weight a_k of its own. projected : whether features are Sᵀx. test : the letter of test
    inputs, None for that of the first source.
    """

    covariances: tuple[str, ...] = ("Sigma", "Sigma")
    weighted: bool = False
    projected: bool = False
    test: str | None = None

    def letter(self, name: str) -> Matrix:
        """A deterministic matrix on the space of inputs."""
        return Deterministic(self.dimension, name)

    @property
    def dimension(self) -> Any:
        """d."""
        return dimensions("d")

    @property
    def width(self) -> Any:
        """m."""
        return dimensions("m")

    @property
    def counts(self) -> tuple[Any, ...]:
        """n_1, n_2, …"""
        return tuple(dimensions(f"n{k + 1}") for k in range(len(self.covariances)))

    @property
    def weights(self) -> tuple[sympy.Expr, ...]:
        """a_1, a_2, …"""
        if not self.weighted:
            return (sympy.S.One,) * len(self.covariances)
        return tuple(sympy.Symbol(f"a{k + 1}", positive=True) for k in range(len(self.covariances)))

    @property
    def target(self) -> Matrix:
        """The covariance of test inputs."""
        return self.letter(self.test or self.covariances[0])

    @property
    def grams(self) -> tuple[Matrix, ...]:
        """M_k = X_kᵀX_k, rows weighted by √(a_k/n)."""
        grams = []
        for k, (n_k, a) in enumerate(zip(self.counts, self.weights, strict=True)):
            X = Gaussian(
                n_k,
                self.dimension,
                f"X{k + 1}",
                variance=a / sum(self.counts),
                column_covariance=self.letter(self.covariances[k]),
            )
            grams.append(X.T @ X)
        return tuple(grams)

    @property
    def gram(self) -> Matrix:
        """M, their sum."""
        return functools.reduce(lambda A, B: A + B, self.grams)

    @property
    def operator(self) -> Matrix:
        """Q = (M + λ)⁻¹, or S(SᵀMS + λ)⁻¹Sᵀ."""
        if not self.projected:
            ridged: Matrix = self.gram + λ * identity(self.dimension)
            return ridged.inv()
        S = Gaussian(self.dimension, self.width, "S", variance=1 / self.dimension)
        operator: Matrix = S @ (S.T @ self.gram @ S + λ * identity(self.width)).inv() @ S.T
        return operator

    @property
    def bias(self) -> sympy.Expr:
        """tr (QM − 1)ᵀΣ(QM − 1)Γ."""
        left = self.operator @ self.gram - identity(self.dimension)
        return trace(left.T @ self.target @ left @ self.letter("Gamma"))

    def variance_of(self, k: int) -> sympy.Expr:
        """a_k tr QM_kQᵀΣ/n: of noise of variance 1 on the labels of source k, from 0."""
        Q = self.operator
        return self.weights[k] * trace(Q @ self.grams[k] @ Q.T @ self.target) / sum(self.counts)

    def collapse_of(self, k: int, shift: str = "Delta") -> sympy.Expr:
        """tr (QM_k)ᵀΣ(QM_k)Δ: of a shift of the labels of source k alone."""
        left = self.operator @ self.grams[k]
        return trace(left.T @ self.target @ left @ self.letter(shift))

    @property
    def error(self) -> sympy.Expr:
        """Bias, variance of noise σ² on all labels, and collapse of a shift of the last source."""
        sources = range(len(self.covariances))
        σ = sympy.Symbol("sigma", positive=True)
        return (
            self.bias
            + σ**2 * sum(self.variance_of(k) for k in sources)
            + self.collapse_of(len(self.covariances) - 1)
        )


@dataclasses.dataclass(frozen=True)
class Object:
    """A named expectation: a line that says what it is, and the expression."""

    title: str
    build: Callable[[], sympy.Expr]


def _marchenko_pastur(isotropic: bool) -> sympy.Expr:
    n, d = dimensions("n d")
    Σ = None if isotropic else Deterministic(d, "Sigma")
    X = Gaussian(n, d, "X", variance=1 / n, column_covariance=Σ)
    return trace((X.T @ X + λ * identity(d)).inv()) / d


def _one_source(name: str) -> sympy.Expr:
    n, d = dimensions("n d")
    Σ, Γ = Deterministic(d, "Sigma"), Deterministic(d, "Gamma")
    X = Gaussian(n, d, "X", variance=1 / n, column_covariance=Σ)
    R = (X.T @ X + λ * identity(d)).inv()
    return λ**2 * trace(R @ Σ @ R @ Γ) if name == "bias" else trace(R @ X.T @ X @ R @ Σ) / n


def _features(sources: int, error: bool) -> sympy.Expr:
    """Gaussian equivalents of features: act(Sᵀx) stands for μSᵀx + μ_* z."""
    d, m = dimensions("d m")
    counts = [dimensions(f"n{k + 1}") for k in range(sources)]
    n = sum(counts)
    μ, rest = sympy.symbols("mu mu_star", positive=True)
    Σ = [Deterministic(d, f"Sigma{k + 1}") for k in range(sources)]
    S = Gaussian(d, m, "S", variance=1 / d)
    X = [
        Gaussian(n_k, d, f"X{k + 1}", variance=1 / n, column_covariance=Σ[k]) for k, n_k in enumerate(counts)
    ]
    F = [μ * X[k] @ S + rest * Gaussian(n_k, m, f"Z{k + 1}", variance=1 / n) for k, n_k in enumerate(counts)]
    gram = F[0].T @ F[0]
    mixed = F[0].T @ X[0]
    for F_k, X_k in zip(F[1:], X[1:], strict=True):
        gram, mixed = gram + F_k.T @ F_k, mixed + F_k.T @ X_k
    K = (gram + λ * identity(m)).inv()
    if not error:
        return trace(K) / m
    V, Γ = K @ mixed, Deterministic(d, "Gamma")
    left = μ * S @ V - identity(d)
    return trace(left.T @ Σ[0] @ left @ Γ) + rest**2 * trace(V.T @ V @ Γ)


def _second_order(mix: Mix, name: str) -> sympy.Expr:
    (M1, M2), Q, A = mix.grams, mix.operator, mix.letter("A")
    products = {"QAQ": Q @ A @ Q, "MQAQM": M1 @ Q @ A @ Q @ M2, "MQAQ": M1 @ Q @ A @ Q}
    return trace(products[name] @ mix.letter("B"))


UNLIKE = "Sigma1", "Sigma2"

LINEAR, PROJECTED = Mix(), Mix(projected=True)

OBJECTS: dict[str, Object] = {
    "marchenko-pastur": Object(
        "the resolvent of a sample covariance, isotropic", lambda: _marchenko_pastur(True)
    ),
    "subordination": Object(
        "the resolvent of a sample covariance, any spectrum", lambda: _marchenko_pastur(False)
    ),
    "ridge-bias": Object("the bias of ridge regression, one source", lambda: _one_source("bias")),
    "ridge-variance": Object("its variance, for noise of variance 1", lambda: _one_source("variance")),
    "mixture": Object(
        "the resolvent of two sources with weights and covariances of their own",
        lambda: trace(Mix(UNLIKE, weighted=True).operator @ Mix().letter("A")),
    ),
    "definition-2": Object(
        "S(SᵀMS + λ)⁻¹Sᵀ of a random projection, one covariance: Definition 2 of the paper",
        lambda: trace(PROJECTED.operator @ PROJECTED.letter("A")),
    ),
    "definition-2-mixture": Object(
        "the same for two sources with weights and covariances of their own",
        lambda: trace(Mix(UNLIKE, True, True).operator @ PROJECTED.letter("A")),
    ),
    **{
        f"{kind}-{suffix}": Object(title, functools.partial(_second_order, mix, name))
        for suffix, mix in (("linear", Mix(UNLIKE)), ("projected", Mix(UNLIKE, projected=True)))
        for kind, name, title in (
            ("qaq", "QAQ", f"tr QAQB of two sources, {suffix}"),
            ("mqaq", "MQAQ", f"tr M₁QAQB of two sources, {suffix}"),
            ("mqaqm", "MQAQM", f"tr M₁QAQM₂B of two sources, {suffix}"),
        )
    },
    "theorem-1": Object("the test error of the linear model: Theorem 1", lambda: LINEAR.error),
    "theorem-2": Object("the test error of a random projection: Theorem 2", lambda: PROJECTED.error),
    "collapse-unlike": Object(
        "the collapse of a random projection, two covariances and weights",
        lambda: Mix(UNLIKE, True, True).collapse_of(1),
    ),
    "features": Object(
        "the resolvent of random features, by their Gaussian equivalent", lambda: _features(1, error=False)
    ),
    "features-error": Object(
        "the bias of random features trained on two sources", lambda: _features(2, error=True)
    ),
}


N = sympy.Symbol("n", positive=True)
"""The number of all samples, n_1 + n_2 + …"""


def by_total(system: System) -> dict[sympy.Symbol, sympy.Expr]:
    """Replacements for n_1 in a system of several sources, in terms of n.

    >>> by_total(derived("theorem-1"))
    {n1: -n2 + n}
    """
    names = [f"n{k}" for k in range(1, 10)]
    first, *others = [x for x in system.symbols if x.name in names] or [None]
    return {first: N - sum(others)} if others else {}


@functools.cache
def derived(name: str) -> System:
    """The derived system of the object of this name, derived once in a process."""
    return derive(named(name).build())


def named(name: str) -> Object:
    """The object of this name.

    Raises SpecError, with a suggestion, if there is none.
    """
    if name not in OBJECTS:
        raise SpecError(f"unknown expectation {name!r}{suggestion(name, OBJECTS)}")
    return OBJECTS[name]
