"""Points are computed once, in any number of processes, and kept as they get ready."""

from pathlib import Path

import numpy as np
import pytest

import detequiv as de
from detequiv.paper_figures.computing import result_cache
from detequiv.paper_figures.computing.simulated_points import simulated_terms
from detequiv.paper_figures.computing.work import Result, Work
from helpers.refusals import refused


def problem(ridge: float) -> de.Problem:
    s = de.isotropic(6)
    shift = de.label_shift(s, 0.5)
    sources = [de.Source(5, s, noise_variance=0.1), de.Source(4, s, shift=shift)]
    return de.Problem(signal=1 / 6, sources=sources, ridge=ridge)


PLACES = [{"problem": problem(ridge), "trials": 5, "seed": 3} for ridge in (0.1, 0.2, 0.3)]


def draws(trials: int, name: str = "plain") -> Result:
    """A task that leaves a mark of how often it ran."""
    CALLS.append((trials, name))
    if name == "stop":
        raise KeyboardInterrupt
    return {"numbers": np.arange(float(trials)), "name": np.array(name)}


CALLS: list[tuple[int, str]] = []


@pytest.fixture(autouse=True)
def forgotten() -> None:
    CALLS.clear()


def same(a: list[Result], b: list[Result]) -> bool:
    return all(
        x.keys() == y.keys() and all(np.array_equal(x[k], y[k]) for k in x) for x, y in zip(a, b, strict=True)
    )


def test_processes_change_no_bit_and_neither_does_keeping(tmp_path: Path) -> None:
    alone = Work(trials=5, seed=3).results(simulated_terms, PLACES)
    together = Work(trials=5, seed=3, jobs=2, folder=tmp_path).results(simulated_terms, PLACES)
    again = Work(trials=5, seed=3, folder=tmp_path).results(simulated_terms, PLACES)
    assert same(alone, together) and same(alone, again)
    assert len(list(tmp_path.glob("*.npz"))) == 3 and not list(tmp_path.glob("*.part"))


def test_samples_are_those_of_simulate() -> None:
    (found, *_) = Work(trials=5, seed=3).results(simulated_terms, PLACES)
    run = de.simulate(problem(0.1), trials=5, seed=3)
    assert np.array_equal(found["error"], run.samples.error)
    assert run.from_shifts is not None
    assert np.array_equal(found["shifts"], run.from_shifts.collapse)


def test_what_is_kept_is_not_computed_again(tmp_path: Path) -> None:
    work = Work(trials=2, folder=tmp_path)
    first = work.results(draws, [{"trials": 2}, {"trials": 3}])
    again = work.results(draws, [{"trials": 3}, {"trials": 4}, {"trials": 2}])
    assert CALLS == [(2, "plain"), (3, "plain"), (4, "plain")]
    assert same([first[1], first[0]], [again[0], again[2]])


def test_an_interruption_loses_nothing_that_was_finished(tmp_path: Path) -> None:
    work = Work(trials=2, folder=tmp_path)
    places = [{"trials": 2}, {"trials": 3, "name": "stop"}, {"trials": 4}]
    with pytest.raises(KeyboardInterrupt):
        work.results(draws, places)
    work.results(draws, [places[0], places[2]])
    assert CALLS == [(2, "plain"), (3, "stop"), (4, "plain")]


def test_the_same_place_twice_is_computed_once() -> None:
    one, two = Work(trials=2).results(draws, [{"trials": 2}, {"trials": 2}])
    assert CALLS == [(2, "plain")] and same([one], [two])


def test_a_file_cut_short_is_computed_again(tmp_path: Path) -> None:
    work = Work(trials=2, folder=tmp_path)
    (result,) = work.results(draws, [{"trials": 2}])
    (file,) = tmp_path.glob("*.npz")
    file.write_bytes(file.read_bytes()[:-20])
    (again,) = work.results(draws, [{"trials": 2}])
    assert len(CALLS) == 2 and same([result], [again])


@pytest.mark.parametrize(
    "place",
    [
        {"problem": problem(0.1), "trials": 6, "seed": 3},
        {"problem": problem(0.1), "trials": 5, "seed": 4},
        {"problem": problem(0.1 + 1e-16), "trials": 5, "seed": 3},
    ],
)
def test_a_key_knows_every_argument(place: dict[str, object]) -> None:
    assert result_cache.key(simulated_terms, place) != result_cache.key(simulated_terms, PLACES[0])
    assert result_cache.key(simulated_terms, dict(reversed(place.items()))) == result_cache.key(
        simulated_terms, place
    )
    assert result_cache.key(draws, place) != result_cache.key(simulated_terms, place)


def test_a_key_knows_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    before = result_cache.key(simulated_terms, PLACES[0])
    monkeypatch.setattr(result_cache, "_code", lambda module: "changed")
    assert result_cache.key(simulated_terms, PLACES[0]) != before


def test_what_cannot_be_told_apart_is_refused() -> None:
    with refused(TypeError, "arguments", "numbers strings problems", "object"):
        result_cache.key(draws, {"trials": object()})
