"""Figure 6: networks on generated labels, which there is no theory for."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detequiv.paper_figures.computing.work import Work
from detequiv.paper_figures.drawing.style import styled
from detequiv.paper_figures.drawing.tables import Tables
from detequiv.paper_figures.figures import figure_6
from detequiv.paper_figures.setups import networks, real_images
from detequiv.paper_figures.setups.images import pool
from detequiv.paper_figures.setups.networks import (
    LABEL_NOISE,
    STOP,
    TrainingMix,
    draw_training_mix,
    error_of_network,
    generated_labels,
    synthetic_count,
    train_network,
)
from detequiv.paper_figures.setups.real_images import is_realizable, sizes

WIDTHS = (10, 40)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The figure with two narrow widths and two sizes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figure_6, "WIDTHS", {False: WIDTHS})
        patch.setattr(real_images, "SIZES", (60, 100, 200))
        patch.setattr(real_images, "STEPS", {False: 30})
        return figure_6.compute(Work(trials=2, seed=0))  # the generator of what is below


@pytest.mark.slow
def test_every_width_is_trained_at_every_size_and_nothing_is_predicted(tables: Tables) -> None:
    points = tables.points
    assert points.simulated.dims == ("width", "samples", "term")
    assert points.width.values.tolist() == [10, 40] and points.samples.values.tolist() == [60, 200]
    assert bool((points.simulated > 0).all()) and bool((points.stderr > 0).all())
    assert bool(points.predicted.isnull().all()) and bool((points.verdict == "").all())


def test_its_table_has_a_row_for_each_point_and_no_line(tables: Tables) -> None:
    rows = tables.rows()
    assert len(rows) == 4 and rows.predicted.isna().all() and rows.simulated.notna().all()


def test_the_caption_says_what_was_inferred_and_how_networks_are_trained(tables: Tables) -> None:
    said = " ".join(figure_6.caption(tables).split())
    for words in (
        "digits (1708 of 64 pixels",
        "89 held apart",
        "p₂ = 1",
        "MNIST",
        "*Inferred*",
        "after 30 steps",
        "no theory",
        "means of 2 trials",
        "At n = 200 the best width has",
    ):
        assert words in said


def test_the_drawing_has_a_joined_series_for_each_width(tables: Tables) -> None:
    with styled():
        figure = figure_6.draw(*tables, "title")
    (axes,) = figure.axes
    containers: list[Any] = axes.containers
    joined = [container.lines[0] for container in containers]
    assert [line.get_xdata().tolist() for line in joined] == [[60, 200]] * 2
    assert {line.get_linestyle() for line in joined} == {"-"}
    words = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    assert words == ["10", "40", "mean ± one standard error", "generator's own error"]


@pytest.mark.parametrize(
    ("samples", "fraction", "count"),
    [(1000, 0.001, 1), (100, 0.005, 1), (300, 0.005, 2), (60, 0.05, 3), (60, 0.9, 54), (9, 1.0, 9)],
)
def test_synthetic_samples_are_rounded_to_the_nearest(samples: int, fraction: float, count: int) -> None:
    assert synthetic_count(samples, fraction) == count


def test_there_is_a_point_where_a_sample_is_synthetic_or_none_should_be() -> None:
    assert is_realizable(60, 0.0) and is_realizable(1000, 0.001) and is_realizable(100, 0.01)
    assert not is_realizable(999, 0.001) and not is_realizable(199, 0.005)


@pytest.mark.parametrize(("images", "largest"), [(1708, 1000), (63_000, 60_000), (360, 200), (161, 60)])
def test_images_are_left_to_test_on(images: int, largest: int) -> None:
    assert sizes(images)[-1] == largest
    assert images - largest >= max(100, images // 25)


def test_the_first_labels_are_generated_and_noisy_and_the_rest_one_hot() -> None:
    mix = draw_training_mix("", 0, 0, most=200, tests=100)
    labels = mix.labels(100, 0.3)
    assert np.array_equal(labels[:30], mix.synthetic[:30])
    assert np.array_equal(labels[30:], mix.real[30:100])
    test, targets = mix.test
    assert test.shape == (100, 64) and targets.shape == (100, 10)
    assert not (mix.inputs[:, None] == test[None, :20]).all(axis=2).any()  # none was trained on


def test_noise_of_the_stated_size_is_all_that_two_trials_add_to_a_generated_label() -> None:
    generated = generated_labels("", 0)
    order = np.random.default_rng([0, 1, 4]).permutation(len(generated))
    noise = draw_training_mix("", 0, 4, most=1000, tests=100).synthetic - generated[order[:1000]]
    # 10 000 draws: the standard deviation is known to 0.7%, four of which are 2.8%
    assert noise.std() == pytest.approx(LABEL_NOISE, rel=0.028)
    assert abs(noise.mean()) < 4 * LABEL_NOISE / 100


def test_a_network_is_trained_until_it_fits() -> None:
    mix: TrainingMix = draw_training_mix("", 0, 0, most=60, tests=100)
    network = train_network(mix.inputs, mix.real, width=200, steps=2000, seed=1)
    assert 2 * network.loss_ <= STOP
    # the loss is taken before the last step, which small steps change by little
    assert np.mean((network.predict(mix.inputs) - mix.real) ** 2) < 2 * STOP


def test_a_training_is_the_same_again_and_another_in_another_trial() -> None:
    place: dict[str, Any] = {
        "data": "",
        "content": "",
        "seed": 0,
        "width": 10,
        "steps": 5,
        "samples": 60,
        "fraction": 0.5,
        "most": 60,
        "tests": 100,
    }
    first, again, other = (error_of_network(trial=trial, **place) for trial in (0, 0, 1))
    assert first["error"] == again["error"] != other["error"]


def test_finished_trainings_are_kept_under_the_content_of_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figure_6, "WIDTHS", {False: (5,)})
    monkeypatch.setattr(real_images, "SIZES", (60,))
    monkeypatch.setattr(real_images, "STEPS", {False: 3})
    monkeypatch.setattr(networks, "GENERATOR_STEPS", 30)
    rng = np.random.default_rng(1)
    path, labels = tmp_path / "own.npz", rng.integers(0, 3, size=400)
    kept = tmp_path / "points"

    def figure() -> Tables:
        return figure_6.compute(Work(trials=2, folder=kept, data=path))

    np.savez(path, X=rng.normal(size=(400, 5)), y=labels)
    before, files = figure(), sorted(kept.iterdir())
    assert len(files) == 3  # the generator, two trainings
    assert figure().points.identical(before.points) and sorted(kept.iterdir()) == files
    np.savez(path, X=rng.normal(size=(400, 5)), y=labels)
    for remembered in (pool, generated_labels):  # by this process, as by no new one
        remembered.cache_clear()
    assert not figure().points.identical(before.points)
    assert len(list(kept.iterdir())) == 6
