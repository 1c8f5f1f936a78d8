"""Images, sizes and trained networks of figures 6 and 7, and how they are drawn."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..computing.work import Work
from .images import DIGITS, check_installed, pool
from .networks import (
    BATCH,
    GENERATOR_WIDTH,
    LABEL_NOISE,
    LEAST_EPOCHS,
    PIXEL_VARIANCE,
    RATE,
    STOP,
    digest,
    error_of_network,
    generator_results,
)

if TYPE_CHECKING:
    import xarray

__all__ = [
    "ERROR_LABEL",
    "SAMPLES_LABEL",
    "ImageData",
    "TrainedNetworks",
    "draw_joined",
    "error_bar_key",
    "generator_key",
    "image_data",
    "is_realizable",
    "mark_generator",
    "network_points",
    "parameters",
    "setup_text",
    "sizes",
    "train_networks",
    "training_text",
]

SIZES = (60, 100, 200, 400, 600, 1000, 2000, 4000, 6000, 10_000, 20_000, 40_000, 60_000)
"""Numbers of training samples; those used for which there are enough images."""

STEPS = {False: 300, True: 600}
"""Steps of training a network, for a quick look and for print."""

LARGEST_GRAM = 6000
"""Training samples of random features at most: with 3000 to test on, 2 GB in each process."""

LEAST_TESTS, MOST_TESTS = 100, 3000

ERROR_LABEL = "test MSE (mean over outputs)"
SAMPLES_LABEL = "number of training samples, $n$"

Array = NDArray[np.float64]

SETUP = """\
Images: {name} ({images} of {d} pixels to train and test on, in random order in every trial, and
{held_out} held apart); those not trained on, at most {most_tests}, test. Targets are one-hot, less
their means. Synthetic samples are images too, p₂n of them, rounded: their labels are what a network
of width {generator} trained on the images held apart says, plus noise of standard deviation
{noise:g}. By itself this generator has test MSE {own:.4f} (dotted). A test MSE is against one-hot
targets, a mean over images and outputs; predicting the means has {null:.4f}. {instead} *Inferred*,
since the paper leaves them open: what is held apart, the generator, and how networks are
trained."""

INSTEAD = """\
The paper has MNIST, n up to 60 000, which takes a download: these are scikit-learn's digits, n up
to 1000; the file of MNIST can be given as data."""

TRAINING = """\
Networks: one hidden layer of ReLU, pixels of variance {pixel:g} on average, Adam on the mean
squared error, batches of {batch}, learning rate {rate}/√width, until the training error is below
{stop:g} or after {steps} steps, at least {epochs} times through the data; {reached} of {all} got
there, the others ended at a median of {left:.4f}. There is no theory for them here: their points,
means of {trials} trials ± one standard error, are joined by thin lines."""


@dataclasses.dataclass(frozen=True)
class ImageData:
    """The images of a figure and the labels generated for them.

    data : the path for tasks, "" for the digits. content : the digest of images and labels, part
    of the cache key of results. error : the generator's test MSE; null : that of predicting the means.
    """

    data: str
    content: str
    seed: int
    name: str
    images: int
    dimension: int
    outputs: int
    held_out: int
    error: float
    null: float

    @property
    def sizes(self) -> tuple[int, ...]:
        """Training samples, with images left to test on."""
        return sizes(self.images)

    def tests(self, most: int) -> int:
        """The number of test images if this many are used for training."""
        return min(self.images - most, MOST_TESTS)

    @property
    def feature_sizes(self) -> tuple[int, ...]:
        """The sizes at which a Gram matrix fits in memory."""
        return tuple(n for n in self.sizes if n <= LARGEST_GRAM)

    @property
    def task_arguments(self) -> dict[str, Any]:
        """The arguments that every task takes."""
        return {"data": self.data, "content": self.content, "seed": self.seed}


def image_data(work: Work) -> ImageData:
    """The user's images, or the digits; raises SpecError where they or scikit-learn are missing."""
    check_installed()
    data = "" if work.data is None else str(work.data)
    images = pool(data, work.seed)
    (generator,) = work.results(
        generator_results, [{"data": data, "content": images.digest, "seed": work.seed}]
    )
    return ImageData(
        data=data,
        content=digest(images, generator),
        seed=work.seed,
        name=images.name,
        images=len(images.inputs),
        dimension=images.dimension,
        outputs=images.targets.shape[1],
        held_out=len(images.held_out[0]),
        error=float(generator["error"]),
        null=float(np.mean(images.targets**2)),
    )


def sizes(images: int) -> tuple[int, ...]:
    """The sizes that leave at least 100 images, and a twenty-fifth of all, to test on."""
    return tuple(n for n in SIZES if images - n >= max(LEAST_TESTS, images // 25))


def is_realizable(samples: int, fraction: float) -> bool:
    """Whether p₂n is 0 or at least one sample."""
    return fraction == 0 or fraction * samples >= 1 - 1e-9


@dataclasses.dataclass(frozen=True, eq=False)
class TrainedNetworks:
    """Networks: test and training errors, and whether training stopped early, (places, trials)."""

    error: Array
    training: Array
    stopped: NDArray[np.bool_]
    steps: int

    @property
    def caption_numbers(self) -> dict[str, Any]:
        """The counts and errors that a caption quotes."""
        unfinished = self.training[~self.stopped]
        return {
            "networks": self.stopped.size,
            "networks_stopped": int(self.stopped.sum()),
            "training_error_of_the_others": float(np.median(unfinished)) if unfinished.size else 0.0,
            "network_trials": self.stopped.shape[1],
            "steps": self.steps,
        }


def train_networks(
    work: Work, images: ImageData, grid: Sequence[Mapping[str, Any]], trials: int
) -> TrainedNetworks:
    """One training for each trial at each place; a place has width, samples and fraction."""
    most, steps = images.sizes[-1], STEPS[work.full]
    common = {**images.task_arguments, "steps": steps, "most": most, "tests": images.tests(most)}
    arguments = [{**common, **point, "trial": trial} for point in grid for trial in range(trials)]
    results = work.results(error_of_network, arguments)
    shape = len(grid), trials
    error, training, stopped = (
        np.array([result[name] for result in results]).reshape(shape)
        for name in ("error", "training", "stopped")
    )
    return TrainedNetworks(error, training, stopped, steps)


def network_points(
    trained: TrainedNetworks, grid: Sequence[Mapping[str, Any]], coordinates: Mapping[str, Sequence[Any]]
) -> "xarray.Dataset":
    """Test errors, without theory: predicted is NaN, and the verdict empty.

    places : of the networks, each with a value of every coordinate. Dimensions: the coordinates.
    """
    import xarray

    shape = tuple(map(len, coordinates.values()))
    table = {name: np.full(shape, np.nan) for name in ("predicted", "simulated", "stderr")}
    for point, errors in zip(grid, trained.error, strict=True):
        index = tuple(values.index(point[name]) for name, values in coordinates.items())
        table["simulated"][index] = errors.mean()
        table["stderr"][index] = errors.std(ddof=1) / np.sqrt(errors.size)
    columns = {**table, "verdict": np.full(shape, "", dtype="U9")}
    return xarray.Dataset(
        {name: (tuple(coordinates), column) for name, column in columns.items()},
        coords={name: list(values) for name, values in coordinates.items()},
    )


def setup_text(attributes: Mapping[str, Any]) -> str:
    """The description of images and labels, from the attributes of the points."""
    return SETUP.format(
        name=attributes["images"],
        images=attributes["pool"],
        d=attributes["dimension"],
        held_out=attributes["apart"],
        most_tests=MOST_TESTS,
        generator=GENERATOR_WIDTH,
        noise=LABEL_NOISE,
        own=attributes["generator_error"],
        null=attributes["null_error"],
        instead=INSTEAD if attributes["images"] == DIGITS else "",
    )


def training_text(attributes: Mapping[str, Any]) -> str:
    """The description of how networks are trained and drawn, from the attributes of the points."""
    return TRAINING.format(
        batch=BATCH,
        rate=RATE,
        stop=STOP,
        steps=attributes["steps"],
        pixel=PIXEL_VARIANCE,
        epochs=LEAST_EPOCHS,
        reached=attributes["networks_stopped"],
        all=attributes["networks"],
        left=attributes["training_error_of_the_others"],
        trials=attributes["network_trials"],
    )


def parameters(images: ImageData) -> dict[str, Any]:
    """Attributes that describe images and labels to a reader of the table."""
    return {
        "images": images.name,
        "content": images.content,
        "pool": images.images,
        "apart": images.held_out,
        "dimension": images.dimension,
        "generator_error": images.error,
        "null_error": images.null,
        "noise_variance": LABEL_NOISE**2,
        "signal": "fixed by the images and their labels",
    }


DOTTED: dict[str, Any] = {"color": "0.45", "linewidth": 1.2, "linestyle": (0, (1, 2))}


def draw_joined(axes: Any, points: "xarray.Dataset", style: Mapping[str, Any]) -> None:
    """Means ± one standard error over the one dimension, joined by a thin line."""
    existing = points.dropna(points.simulated.dims[0], subset=["simulated"])
    x = existing[existing.simulated.dims[0]]
    axes.errorbar(
        x,
        existing.simulated,
        existing.stderr,
        **style,
        linewidth=0.9,
        elinewidth=1.2,
        markeredgecolor="white",
        markeredgewidth=0.6,
        zorder=3,
    )


def mark_generator(axes: Any, error: float) -> None:
    """The generator's own error, dotted from left to right."""
    axes.axhline(error, **DOTTED, zorder=1)


def error_bar_key(axes: Any) -> Any:
    """The legend's entry of means and their bars."""
    key = axes.errorbar(0, 0, 1, fmt="o", color="0.4", elinewidth=1.2, label="mean ± one standard error")
    key.remove()
    return key


def generator_key() -> Any:
    """The legend's entry of the generator's own error."""
    from matplotlib.lines import Line2D

    return Line2D([], [], **DOTTED, label="generator's own error")
