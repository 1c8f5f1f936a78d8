"""Every figure, made once with few points and trials, for all tests that look at its files."""

from pathlib import Path

import pytest

from detequiv.paper_figures import figure_2, figure_3, figure_5
from detequiv.paper_figures.catalogue import FIGURES, make

WIDTHS = (10, 100)
SIZES = ((1000,), (500,))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """The paths of each figure's files, at 2 trials (figure 3: 3, its least) and seed 5."""
    directory = tmp_path_factory.mktemp("figures")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figure_2, "POINTS", WIDTHS)
        patch.setattr(figure_5, "POINTS", WIDTHS)
        patch.setattr(figure_3, "SIZES", SIZES)
        return {name: make(name, directory, trials=2, seed=5) for name in FIGURES}
