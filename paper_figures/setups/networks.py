"""Two-layer networks on real images, trained on one-hot and on generated labels."""

import dataclasses
import functools
import hashlib
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..computing.result_cache import Result
from .images import Pool, pool

__all__ = [
    "BATCH",
    "GENERATOR_WIDTH",
    "LABEL_NOISE",
    "LEAST_EPOCHS",
    "PIXEL_VARIANCE",
    "RATE",
    "STOP",
    "TrainingMix",
    "digest",
    "draw_training_mix",
    "error_of_network",
    "generated_labels",
    "generator_results",
    "synthetic_count",
    "train_network",
]

LABEL_NOISE = 0.1
"""Standard deviation of what is added to every generated label."""

GENERATOR_WIDTH = 500
GENERATOR_STEPS = 1000
BATCH, RATE, LEAST_EPOCHS, STOP = 100, 0.02, 3, 1e-4

PIXEL_VARIANCE = 0.1
"""Mean variance of the inputs of networks: small enough that the output of an untrained network is
small at any width, and need not be unlearnt."""

Array = NDArray[np.float32]


@dataclasses.dataclass(frozen=True, eq=False)
class TrainingMix:
    """One trial's images: training inputs (n, d), their one-hot and their generated labels
    (n, outputs), noise included, and test inputs and labels."""

    inputs: Array
    real: Array
    synthetic: Array
    test: tuple[Array, Array]

    def labels(self, samples: int, fraction: float) -> Array:
        """(samples, outputs): of the first images, round(fraction · samples) generated, then
        one-hot ones. The images are in random order."""
        n2 = synthetic_count(samples, fraction)
        return np.concatenate([self.synthetic[:n2], self.real[n2:samples]])


def synthetic_count(samples: int, fraction: float) -> int:
    """p₂n, rounded to the nearest (a half upwards)."""
    return math.floor(fraction * samples + 0.5 + 1e-9)


def draw_training_mix(data: str, seed: int, trial: int, most: int, tests: int) -> TrainingMix:
    """The first ``most`` images of a shuffle of the pool to train on, its last ``tests`` to test
    on; fewer are the first of these, so that the sizes of one trial share their images."""
    images, labels = pool(data, seed), generated_labels(data, seed)
    rng = np.random.default_rng([seed, 1, trial])
    order = rng.permutation(len(images.inputs))
    train, test = order[:most], order[len(order) - tests :]
    noise = LABEL_NOISE * rng.normal(size=(most, labels.shape[1])).astype(np.float32)
    return TrainingMix(
        images.inputs[train],
        images.targets[train],
        labels[train] + noise,
        (images.inputs[test], images.targets[test]),
    )


def train_network(inputs: Array, targets: Array, width: int, steps: int, seed: int) -> Any:
    """A network of one hidden layer of ReLU, trained by Adam on the mean squared error.

    inputs : (n, d), targets : (n, outputs). In batches of ``BATCH`` with learning rate
    ``RATE``/√width, until the training error is below ``STOP`` or the steps are used up, but at
    least ``LEAST_EPOCHS`` times through the data.
    """
    from sklearn.neural_network import MLPRegressor

    n = len(inputs)
    batch = min(n, BATCH)
    network = MLPRegressor(
        hidden_layer_sizes=(width,),
        activation="relu",
        solver="adam",
        alpha=0.0,
        batch_size=batch,
        learning_rate_init=RATE / math.sqrt(width),
        random_state=seed,
    )
    for _ in range(max(LEAST_EPOCHS, steps * batch // n)):
        network.partial_fit(inputs, targets)
        if 2 * network.loss_ <= STOP:  # half the mean square
            break
    return network


def scaled(images: Pool, inputs: Array) -> Array:
    """Inputs with pixels of variance ``PIXEL_VARIANCE`` on average."""
    return inputs * np.float32(math.sqrt(PIXEL_VARIANCE * images.dimension))


@functools.lru_cache(maxsize=1)
def generated_labels(data: str, seed: int) -> Array:
    """(N, outputs): predictions for the whole pool of a network trained on the held-out images."""
    images = pool(data, seed)
    inputs, targets = images.held_out
    network = train_network(
        scaled(images, inputs), targets, GENERATOR_WIDTH, GENERATOR_STEPS, _state(seed, 2)
    )
    labels: Array = network.predict(scaled(images, images.inputs)).astype(np.float32)
    return labels.reshape(len(labels), -1)


def generator_results(*, data: str, content: str, seed: int) -> Result:
    """A task: the generator's labels of the pool, and their mean squared error.

    content : the digest of the data, for the cache key.
    """
    labels = generated_labels(data, seed)
    error = np.mean((labels - pool(data, seed).targets) ** 2, dtype=np.float64)
    return {"labels": labels, "error": np.array(error)}


def digest(images: Pool, generator: Result) -> str:
    """The digest of images, generated labels and the code that prepares them, which is part of the
    cache key of tasks in other modules."""
    content = hashlib.sha256(images.digest.encode())
    content.update(np.ascontiguousarray(generator["labels"]).tobytes())
    for name in ("images.py", "networks.py", "image_moments.py"):
        content.update(Path(__file__).with_name(name).read_bytes())
    return content.hexdigest()[:40]


def error_of_network(
    *,
    data: str,
    content: str,
    seed: int,
    trial: int,
    width: int,
    steps: int,
    samples: int,
    fraction: float,
    most: int,
    tests: int,
) -> Result:
    """A task: train one network, and test it; ``error`` and ``training`` mean squared errors, and
    whether it ``stopped`` before its steps were used up.

    content : the digest of data and generated labels, for the cache key.
    """
    images, mix = pool(data, seed), draw_training_mix(data, seed, trial, most, tests)
    labels = mix.labels(samples, fraction)
    inputs = scaled(images, mix.inputs[:samples])
    network = train_network(inputs, labels, width, steps, _state(seed, 3, trial))
    test, targets = mix.test
    return {
        "error": _mean_square(network.predict(scaled(images, test)) - targets),
        "training": _mean_square(network.predict(inputs) - labels),
        "stopped": np.array(2 * network.loss_ <= STOP),
    }


def _mean_square(residual: NDArray[Any]) -> NDArray[np.float64]:
    return np.array(np.mean(residual.astype(np.float64) ** 2))


def _state(*numbers: int) -> int:
    """A random state of scikit-learn, which takes 32 bits."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])
