"""How generated samples are labelled: the law of the label y given the input x."""

import dataclasses
from typing import Any, ClassVar

import numpy as np

from ..base.arrays import Array
from ..base.errors import ShapeError, SpecError
from ..base.frozen_value import Value
from ..base.wording import plural
from .directions import shown
from .score_functions import ScoreFunction

__all__ = [
    "FunctionLabels",
    "LabelLaw",
    "LinearLabels",
    "MixtureLabels",
    "PolynomialLabels",
    "ProbitLabels",
    "SignLabels",
]

Generator = np.random.Generator


class LabelLaw(Value):
    """The law of the labels of samples whose inputs are x ~ N(0, Σ), by the score xᵀw.

    Made by the functions of ``detequiv.labels``.
    """

    w: Array
    classes: ClassVar[bool] = False

    def __repr__(self) -> str:
        return shown(self)

    @property
    def d(self) -> int:
        """The dimension of the inputs."""
        return int(self.w.size)

    def draw(self, rng: Generator, X: Array) -> Array:
        """Labels (n,) of given inputs (n, d)."""
        raise NotImplementedError

    def sample(self, rng: Generator, X: Array) -> tuple[Array, Array]:
        """Inputs (n, d) and labels (n,), given n draws of N(0, Σ); only mixtures move the inputs."""
        return X, self.draw(rng, X)

    def score(self, X: Array) -> Array:
        """xᵀw of every row."""
        if X.ndim != 2 or X.shape[1] != self.d:
            raise ShapeError(
                f"X must have {plural(self.d, 'column')}, one per entry of w; got shape {X.shape}. Give "
                f"one row per sample."
            )
        scores: Array = X @ self.w
        return scores


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class LinearLabels(LabelLaw):
    """y = xᵀw + ε with Var ε = noise_variance."""

    w: Array
    noise_variance: float = 0.0

    def draw(self, rng: Generator, X: Array) -> Array:
        """Labels (n,) of given inputs (n, d)."""
        noise = np.sqrt(self.noise_variance) * rng.standard_normal(len(X))
        drawn: Array = self.score(X) + noise
        return drawn


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class SignLabels(LabelLaw):
    """y = sign xᵀw, the other sign with probability ``flip``."""

    classes = True

    w: Array
    flip: float = 0.0

    def draw(self, rng: Generator, X: Array) -> Array:
        """Labels (n,) of given inputs (n, d)."""
        return flipped(rng, np.where(self.score(X) >= 0, 1.0, -1.0), self.flip)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class ProbitLabels(LabelLaw):
    """y = ±1 with P(y = 1) = Φ(xᵀw/scale)."""

    classes = True

    w: Array
    scale: float

    def draw(self, rng: Generator, X: Array) -> Array:
        """Labels (n,) of given inputs (n, d)."""
        latent = self.score(X) + self.scale * rng.standard_normal(len(X))
        return np.where(latent >= 0, 1.0, -1.0)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class PolynomialLabels(LabelLaw):
    """y = Σ_j c_j (xᵀw)^j + ε with Var ε = noise_variance."""

    w: Array
    coefficients: tuple[float, ...]
    noise_variance: float = 0.0

    @property
    def noisy(self) -> bool:
        """Whether the score leaves y uncertain."""
        return self.noise_variance > 0

    def mean(self, z: Array) -> Array:
        """E y at the scores z."""
        total = np.zeros_like(z)
        for c in reversed(self.coefficients):
            total = total * z + c
        return total

    def deviation(self, z: Array) -> Array:
        """√Var y at the scores z."""
        return np.full_like(z, np.sqrt(self.noise_variance))

    def draw(self, rng: Generator, X: Array) -> Array:
        """Labels (n,) of given inputs (n, d)."""
        z = self.score(X)
        drawn: Array = self.mean(z) + self.deviation(z) * rng.standard_normal(len(X))
        return drawn


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class FunctionLabels(LabelLaw):
    """y = mean(xᵀw) + √variance(xᵀw) ε with ε ~ N(0, 1); breaks: where either jumps or has a kink."""

    w: Array
    mean: ScoreFunction
    variance: ScoreFunction | None = None
    breaks: tuple[float, ...] = ()

    @property
    def noisy(self) -> bool:
        """Whether the score leaves y uncertain."""
        return self.variance is not None

    def deviation(self, z: Array) -> Array:
        """√Var y at the scores z."""
        return np.zeros_like(z) if self.variance is None else np.sqrt(self.variance(z))

    def draw(self, rng: Generator, X: Array) -> Array:
        """Labels (n,) of given inputs (n, d)."""
        z = self.score(X)
        drawn: Array = self.mean(z) + self.deviation(z) * rng.standard_normal(len(X))
        return drawn


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class MixtureLabels(LabelLaw):
    """Two classes t = ±1 of probability 1/2 with x = t w + N(0, Σ): w is the mean of class 1.

    y = t, −t with probability ``flip``.
    """

    classes = True

    w: Array
    flip: float = 0.0

    def draw(self, rng: Generator, X: Array) -> Array:
        """Refused: the class moves the input too, so both are drawn by ``sample``."""
        raise SpecError(
            "labels of a mixture must be drawn together with the inputs, whose class they are; got inputs "
            "alone. Write sample(rng, X) with X drawn from N(0, Σ)."
        )

    def sample(self, rng: Generator, X: Array) -> tuple[Array, Array]:
        """Inputs (n, d) and labels (n,), given n draws of N(0, Σ)."""
        self.score(X)
        t = np.where(rng.random(len(X)) < 0.5, 1.0, -1.0)
        return X + t[:, None] * self.w, flipped(rng, t, self.flip)


def flipped(rng: Generator, y: Array, probability: float) -> Array:
    """The labels, each negated with the probability."""
    flip: Any = rng.random(len(y)) < probability
    return np.where(flip, -y, y)
