"""The input of the theory for real images: second moments, and the best linear fits of labels."""

import dataclasses
import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...theory import Fixed, Linear, Problem, Source, Spectrum, Target
from ...theory.models.model import Model
from ..computing.result_cache import Result
from .images import pool
from .networks import LABEL_NOISE, generated_labels, synthetic_count

__all__ = ["ImageMoments", "input_moments", "mix", "of_inputs", "of_scores"]

Array = NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False)
class ImageMoments:
    """Moments of inputs (or features) x in the coordinates in which E xxᵀ is diagonal.

    values : (d,) eigenvalues. truths : (2, d, outputs), the least-squares fits of the one-hot and
    of the generated labels. residuals : (2,), what these leave of the labels, mean square over
    images and outputs.
    """

    values: Array
    truths: Array
    residuals: Array

    def arrays(self) -> Result:
        """The arrays that a task returns; ``ImageMoments(**arrays)`` restores the object."""
        return {"values": self.values, "truths": self.truths, "residuals": self.residuals}


def of_scores(values: Array, scores: Array, labels: tuple[NDArray[Any], NDArray[Any]]) -> ImageMoments:
    """From scores (N, d), the inputs in eigencoordinates: scoresᵀscores/N = diag(values).

    labels : one-hot and generated, (N, outputs) each.
    """
    positive = values > 0
    w = np.zeros((2, values.size, labels[0].shape[1]))
    for fit, y in zip(w, labels, strict=True):
        fit[positive] = scores[:, positive].T @ y / (len(y) * values[positive, None])
    residuals = [np.mean((y - scores @ fit) ** 2) for fit, y in zip(w, labels, strict=True)]
    return ImageMoments(values, w, np.array(residuals))


@functools.lru_cache(maxsize=1)
def of_inputs(data: str, seed: int) -> ImageMoments:
    """The moments of the pool's centred inputs."""
    images = pool(data, seed)
    spectrum = Spectrum.from_data(images.inputs)
    labels = images.targets, generated_labels(data, seed)
    return of_scores(spectrum.values, spectrum.project(images.inputs), labels)


def input_moments(*, data: str, content: str, seed: int) -> Result:
    """A task: :func:`of_inputs`, as arrays."""
    return of_inputs(data, seed).arrays()


def mix(
    moments: ImageMoments, samples: int, fraction: float, ridge: float, model: Model | None = None
) -> Problem:
    """n samples, round(p₂n) of them with generated labels; errors are means over outputs.

    What linear fits leave of the labels counts as noise, and the generator's labels have noise
    besides. The residual of the one-hot labels is noise of the target too, for the error that
    includes noise.
    """
    n, n2 = int(samples), synthetic_count(int(samples), fraction)
    w1, w2 = moments.truths / np.sqrt(moments.truths.shape[2])
    residual, generated_residual = map(float, moments.residuals)
    covariance = Spectrum(moments.values)
    real = Source(n - n2, covariance, noise_variance=residual)
    synthetic = Source(
        n2, covariance, noise_variance=generated_residual + LABEL_NOISE**2, shift=Fixed(w2 - w1)
    )
    return Problem(
        signal=Fixed(w1),
        sources=[real, synthetic],
        ridge=ridge,
        model=model or Linear(),
        target=Target(covariance, noise_variance=residual),
    )
