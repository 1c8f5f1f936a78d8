"""Named expectations: what the theory of ridge regression on mixed data is made of.

n_1 real and n_2 synthetic samples, rows of X_k with covariance Σ_k times a_k/n; a projection S with
entries of variance 1/d; Q is what the fit makes of labels: ŵ = Q Σ_k X_kᵀy_k. Everything here is a
definition; equations are derived from it.
"""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import sympy

from ..errors import SpecError
from .dimensions import dimensions
from .expression import Deterministic, Gaussian, Matrix, identity
from .system import trace

__all__ = ["OBJECTS", "Mix", "Object", "named"]

λ = sympy.Symbol("lam", positive=True)


@dataclasses.dataclass(frozen=True)
class Mix:
    """The random matrices of two sources.

    same : whether both have one covariance Σ; weighted : whether they have weights a_1 and a_2;
    projected : whether features are Sᵀx.
    """

    same: bool = True
    weighted: bool = False
    projected: bool = False

    def letter(self, name: str) -> Matrix:
        """A deterministic matrix on the space of inputs."""
        return Deterministic(self.dimension, name)

    @property
    def dimension(self) -> Any:
        """d."""
        return dimensions("d")

    @property
    def counts(self) -> Any:
        """n_1 and n_2."""
        return dimensions("n1 n2")

    @property
    def target(self) -> Matrix:
        """The covariance of test inputs, that of the first source."""
        return self.letter("Sigma" if self.same else "Sigma1")

    @property
    def inputs(self) -> tuple[Matrix, Matrix]:
        """X_1 and X_2, rows weighted by √(a_k/n)."""
        n1, n2 = self.counts
        a1, a2 = sympy.symbols("a1 a2", positive=True) if self.weighted else (1, 1)
        d, Σ2 = self.dimension, self.target if self.same else self.letter("Sigma2")
        return (
            Gaussian(n1, d, "X1", variance=a1 / (n1 + n2), column_covariance=self.target),
            Gaussian(n2, d, "X2", variance=a2 / (n1 + n2), column_covariance=Σ2),
        )

    @property
    def grams(self) -> tuple[Matrix, Matrix]:
        """M_k = X_kᵀX_k."""
        X1, X2 = self.inputs
        return X1.T @ X1, X2.T @ X2

    @property
    def operator(self) -> Matrix:
        """Q = (M + λ)⁻¹, or S(SᵀMS + λ)⁻¹Sᵀ, with M = M_1 + M_2."""
        M1, M2 = self.grams
        if not self.projected:
            ridged: Matrix = M1 + M2 + λ * identity(self.dimension)
            return ridged.inv()
        m = dimensions("m")
        S = Gaussian(self.dimension, m, "S", variance=1 / self.dimension)
        operator: Matrix = S @ (S.T @ (M1 + M2) @ S + λ * identity(m)).inv() @ S.T
        return operator

    @property
    def bias(self) -> sympy.Expr:
        """tr (QM − 1)ᵀΣ(QM − 1)Γ."""
        M1, M2 = self.grams
        left = self.operator @ (M1 + M2) - identity(self.dimension)
        return trace(left.T @ self.target @ left @ self.letter("Gamma"))

    @property
    def variance(self) -> sympy.Expr:
        """tr QMQᵀΣ/n, for noise of variance 1 on all labels and weights of 1."""
        (M1, M2), (n1, n2), Q = self.grams, self.counts, self.operator
        return trace(Q @ (M1 + M2) @ Q.T @ self.target) / (n1 + n2)

    @property
    def collapse(self) -> sympy.Expr:
        """tr (QM_2)ᵀΣ(QM_2)Δ."""
        left = self.operator @ self.grams[1]
        return trace(left.T @ self.target @ left @ self.letter("Delta"))

    @property
    def error(self) -> sympy.Expr:
        """Bias, σ² times the variance, and collapse."""
        return self.bias + sympy.Symbol("sigma", positive=True) ** 2 * self.variance + self.collapse


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
        Gaussian(n_k, d, f"X{k + 1}", variance=1 / n, column_covariance=Σ[k])
        for k, n_k in enumerate(counts)
    ]
    F = [
        μ * X[k] @ S + rest * Gaussian(n_k, m, f"Z{k + 1}", variance=1 / n)
        for k, n_k in enumerate(counts)
    ]
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
    products = {
        "QAQ": Q @ A @ Q, "MQAQM": M1 @ Q @ A @ Q @ M2, "MQAQ": M1 @ Q @ A @ Q
    }  # fmt: skip
    return trace(products[name] @ mix.letter("B"))


LINEAR, PROJECTED = Mix(), Mix(projected=True)

OBJECTS: dict[str, Object] = {
    "marchenko-pastur": Object(
        "the resolvent of a sample covariance, isotropic", lambda: _marchenko_pastur(True)
    ),
    "subordination": Object(
        "the resolvent of a sample covariance, any spectrum", lambda: _marchenko_pastur(False)
    ),
    "ridge-bias": Object("the bias of ridge regression, one source", lambda: _one_source("bias")),
    "ridge-variance": Object(
        "its variance, for noise of variance 1", lambda: _one_source("variance")
    ),
    "mixture": Object(
        "the resolvent of two sources with weights and covariances of their own",
        lambda: trace(Mix(same=False, weighted=True).operator @ Mix().letter("A")),
    ),
    "definition-2": Object(
        "S(SᵀMS + λ)⁻¹Sᵀ of a random projection, one covariance: Definition 2 of the paper",
        lambda: trace(PROJECTED.operator @ PROJECTED.letter("A")),
    ),
    "definition-2-mixture": Object(
        "the same for two sources with weights and covariances of their own",
        lambda: trace(Mix(False, True, True).operator @ PROJECTED.letter("A")),
    ),
    **{
        f"{kind}-{suffix}": Object(title, functools.partial(_second_order, mix, name))
        for suffix, mix in (("linear", Mix(same=False)), ("projected", Mix(False, False, True)))
        for kind, name, title in (
            ("qaq", "QAQ", f"tr QAQB of two sources, {suffix}"),
            ("mqaq", "MQAQ", f"tr M₁QAQB of two sources, {suffix}"),
            ("mqaqm", "MQAQM", f"tr M₁QAQM₂B of two sources, {suffix}"),
        )
    },
    "theorem-1": Object("the test error of the linear model: Theorem 1", lambda: LINEAR.error),
    "theorem-2": Object(
        "the test error of a random projection: Theorem 2", lambda: PROJECTED.error
    ),
    "collapse-unlike": Object(
        "the collapse of a random projection, two covariances and weights",
        lambda: Mix(False, True, True).collapse,
    ),
    "features": Object(
        "the resolvent of random features, by their Gaussian equivalent",
        lambda: _features(1, error=False),
    ),
    "features-error": Object(
        "the bias of random features trained on two sources", lambda: _features(2, error=True)
    ),
}


def named(name: str) -> Object:
    """The object of this name.

    Raises SpecError, with the names that there are, if there is none.
    """
    if name not in OBJECTS:
        raise SpecError(f"nothing is called {name!r} here. There are {', '.join(OBJECTS)}.")
    return OBJECTS[name]
