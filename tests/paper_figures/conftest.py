"""Every figure, made once with few points and trials, for all tests that look at its files."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from detequiv.paper_figures.catalogue import make
from detequiv.paper_figures.figures import (
    best_choice,
    demystified_1,
    demystified_2,
    figure_1,
    figure_2,
    figure_3,
    figure_4,
    figure_5,
    figure_6,
    figure_7,
    figure_9,
    figure_10,
    larger_models,
    more_data,
    printed_right,
)
from detequiv.paper_figures.setups import feature_points, real_images

SMALL = {
    figure_1: {"POINTS": (158, 1000)},
    figure_2: {"POINTS": (10, 100)},
    figure_3: {"SIZES": ((1000,), (500,))},
    figure_4: {"SIZES": ((10,), (100,), (600,))},
    figure_5: {"POINTS": (10, 100)},
    figure_6: {"WIDTHS": {False: (10, 40)}},
    figure_7: {"WIDTHS": {False: (150, 20)}, "FRACTIONS": (0.0, 0.02, 0.9)},
    figure_9: {"POINTS": (0.0, 0.5, 1.0)},
    figure_10: {"POINTS": (300, 1000)},
    real_images: {"SIZES": (60, 200), "STEPS": {False: 20}},
    feature_points: {"LINE": 4},
    demystified_1: {"POINTS": demystified_1.POINTS[::7]},
    demystified_2: {"POINTS": demystified_2.POINTS[::7]},
    printed_right: {
        "STATEMENTS": {
            name: dataclasses.replace(statement, simulated_at=statement.simulated_at[:2])
            for name, statement in printed_right.STATEMENTS.items()
        }
    },
    more_data: {"PLACES": ((3, 0.1), (3, 0.8))},
    best_choice: {"POINTS": (0.05, 1.0), "GRID": (20, 240, np.inf)},
    larger_models: {"PLACES": {"ratio": (0.2, 1.7), "share": (0.1,), "quality": (0.3,)}},
}
"""Constants that make each figure small."""


class Made(dict[str, list[Path]]):
    """The paths of each figure's files, made when they are first asked for."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def __missing__(self, figure: str) -> list[Path]:
        with pytest.MonkeyPatch.context() as patch:
            for module, constants in SMALL.items():
                for name, value in constants.items():
                    patch.setattr(module, name, value)
            self[figure] = make(figure, self.directory, trials=2, seed=5)
        return self[figure]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Figures at 2 trials (figure 3: 3, its least) and seed 5."""
    return Made(tmp_path_factory.mktemp("figures"))
