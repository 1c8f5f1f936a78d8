"""The catalogue: light, complete, and every figure in it leaves five whole files."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import detequiv as de
from detequiv.paper_figures.catalogue import FIGURES, make
from detequiv.paper_figures.computing.work import Work
from detequiv.paper_figures.drawing.output import parameters_of
from detequiv.paper_figures.figures import figure_3
from detequiv.paper_figures.setups import figure_5_setup
from helpers.refusals import Facts, refused

WIDTHS = (10, 100)  # of the figures that conftest makes
OF_EACH_KIND = ("5", *(pytest.param(name, marks=pytest.mark.slow) for name in ("1", "2", "more-data")))
"""One panel, a diagram, panels, a map; CI draws all of them (`make figures`)."""

HEAVY = ("matplotlib", "pandas", "scipy", "sympy", "tqdm", "xarray")


def run_alone(code: str, folder: Path) -> str:
    """What a new interpreter prints, without a display to draw on."""
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "MPLBACKEND")}
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(
        command,
        cwd=folder,
        env=environment | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.mark.slow
def test_it_loads_nothing_heavy_and_making_needs_no_display_and_no_pyplot(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from detequiv.paper_figures import catalogue\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])\n"
        "from detequiv.paper_figures.figures import figure_5\n"
        "from detequiv.paper_figures.setups import figure_5_setup\n"
        "figure_5.POINTS, figure_5_setup.WIDTHS = (10,), (10, 20)\n"
        "catalogue.make('5', Path('.'), trials=2)\n"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    assert run_alone(code, tmp_path).split() == ["[]", "False"]
    assert (tmp_path / "figure_5.png").exists()


@pytest.mark.parametrize("name", OF_EACH_KIND)
def test_every_figure_leaves_four_whole_files(name: str, made: dict[str, list[Path]]) -> None:
    png, pdf, table, facts, caption = made[name]
    assert [path.suffix for path in made[name]] == [".png", ".pdf", ".csv", ".json", ".md"]
    assert (
        {path.stem for path in made[name]} == {f"figure_{name.replace('-', '_')}"}
        and table.exists()
        and facts.exists()
    )
    assert png.read_bytes().startswith(b"\x89PNG")
    assert b"\x00\x00\x00\x09pHYs" + (7874).to_bytes(4, "big") in png.read_bytes()  # 200 per inch
    said = caption.read_text(encoding="utf-8")
    assert " ".join(said.split()).startswith(FIGURES[name].heading)
    assert max(map(len, said.splitlines())) <= 100
    assert pdf.read_bytes().startswith(b"%PDF") and b"/CreationDate" not in pdf.read_bytes()


@pytest.mark.parametrize("name", OF_EACH_KIND)
def test_fonts_are_embedded_as_outlines_that_can_be_edited(name: str, made: dict[str, list[Path]]) -> None:
    document = made[name][1].read_bytes()
    fonts = document.count(b"/Type /FontDescriptor")
    assert fonts >= 1 and document.count(b"/FontFile2") == fonts  # Type 42: TrueType, all of them
    assert document.count(b"/CIDFontType2") == fonts and b"/Type3" not in document


@pytest.mark.parametrize("name", OF_EACH_KIND)
def test_the_table_reads_back_with_its_parameters(name: str, made: dict[str, list[Path]]) -> None:
    path = made[name][2]
    parameters = parameters_of(path)
    assert parameters["seed"] == 5 and parameters["alpha"] == 0.01
    facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert facts["versions"]["detequiv"] == de.__version__
    assert facts["caption"] == path.with_suffix(".md").read_text(encoding="utf-8")
    table = pd.read_csv(path)
    assert {"simulated", "stderr", "predicted", "verdict", "term"} <= set(table)
    simulated = table.dropna(subset="simulated")
    assert len(simulated) > 0 and np.isfinite(simulated.stderr).all()
    assert set(simulated.verdict.dropna()) <= {"agrees", "disagrees", "undecided"}


@pytest.mark.parametrize("row", [0, 3, -1])
def test_every_number_of_the_table_reads_back_to_its_last_bit(row: int, made: dict[str, list[Path]]) -> None:
    lines = made["5"][2].read_text(encoding="utf-8").splitlines()
    rows = [*csv.DictReader(lines)]
    read = [each for each in rows if each["simulated"]][row]
    points = figure_5_setup.simulated(WIDTHS, Work(trials=2, seed=5))
    here = points.sel(width=int(read["width"]), quality=float(read["quality"]), term=read["term"])
    assert read["verdict"] == here.verdict.item()
    for number in ("predicted", "simulated", "stderr"):
        assert float(read[number]) == here[number].item()


def test_a_run_again_gives_the_same_table_and_another_seed_another() -> None:
    simulated = figure_5_setup.simulated.__wrapped__
    first, again, other = (simulated((10,), Work(trials=2, seed=seed)) for seed in (0, 0, 1))
    assert first.identical(again) and not first.identical(other)


@pytest.mark.parametrize("full", [False, True])
def test_quick_and_full_take_the_trials_of_the_catalogue(
    full: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Asked(Exception): ...

    def compute(work: Work) -> None:
        raise Asked(work.trials, work.seed, work.full, work.jobs)

    monkeypatch.setattr(figure_3, "compute", compute)
    entry = FIGURES["3"]
    with pytest.raises(Asked) as asked:
        make("3", tmp_path, full=full, seed=4, jobs=3)
    assert asked.value.args == (entry.full if full else entry.quick, 4, full, 3)


def test_quick_is_less_than_full_for_every_figure() -> None:
    for entry in FIGURES.values():
        assert 2 <= entry.quick <= entry.full and entry.seconds[0] < entry.seconds[1]


@pytest.mark.parametrize(
    ("name", "trials", "facts"),
    [
        ("11", None, ("figure", "unknown", "'11'", ("1, 2, 3", "printed-right"))),
        ("8", None, ("figure 8", "not reproduced", "GPT-2")),
        ("5", 1, ("trials", "integer least 2", "1")),
    ],
    ids=["unknown", "not reproduced", "one trial"],
)
def test_a_wrong_request_is_refused_before_the_work(
    name: str, trials: int | None, facts: tuple[Facts, ...], tmp_path: Path
) -> None:
    with refused(de.SpecError, *facts):
        make(name, tmp_path / "new", trials=trials)
    assert not (tmp_path / "new").exists()


def test_a_directory_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    with refused(de.SpecError, "directory", "cannot write", str(tmp_path / "file"), "another"):
        make("5", tmp_path / "file")
