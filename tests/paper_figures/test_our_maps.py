"""The maps: more data, larger models; and the best choices. What they say, and that they draw."""

from types import ModuleType

import numpy as np
import pytest

import detequiv as de
from detequiv.paper_figures import best_choice, larger_models, more_data, widths
from detequiv.paper_figures.changes import COPIES
from detequiv.paper_figures.look import styled
from detequiv.paper_figures.tables import Tables
from detequiv.paper_figures.work import Work


@pytest.fixture(scope="module")
def small() -> dict[ModuleType, Tables]:
    """Each with few places and trials."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(more_data, "PLACES", ((3, 0.1), (3, 0.8)))
        patch.setattr(larger_models, "PLACES", {"ratio": (0.2, 1.7), "share": (0.1,),
                                                "quality": (0.3,)})  # fmt: skip
        patch.setattr(best_choice, "POINTS", (0.05, 1.0))
        patch.setattr(best_choice, "GRID", (20, 240, np.inf))
        work = Work(trials=6, seed=3)
        return {module: module.compute(work) for module in (more_data, larger_models, best_choice)}


@pytest.mark.parametrize(
    "build", [lambda c: more_data.mix(4, 0.5, c), lambda c: larger_models.mix(80, 0.4, 0.3, c)]
)
def test_copies_of_everything_change_nothing(build: "type") -> None:
    one, many = de.predict(build(1)), de.predict(build(COPIES))
    # the same equations; the sums have other roundings
    assert many.error == pytest.approx(one.error, rel=1e-9)
    assert many.collapse == pytest.approx(one.collapse, rel=1e-9)


def test_few_synthetic_data_leave_the_gain_of_clean_data_and_many_take_it() -> None:
    change = more_data.lines().change
    assert (change.sel(share=0.01, method="nearest") < -40).all()  # clean: −50 % and more
    assert float(change.isel(ratio=-1, share=-1)) > -1  # at p₂ = 1 and n = 256 m nothing is gained
    falling = np.diff(change.values[16:], axis=0)  # from n/m = 32, clear of the threshold
    assert (falling > 0).all()  # every doubling gains less than the one before


def test_the_border_of_no_more_help_is_where_the_variance_meets_the_floor() -> None:
    table = more_data.lines()
    no_help = table.change > more_data.HELPS
    assert (table.collapse_share.where(no_help) > 0.5).sum() == no_help.sum()
    shares = [float(table.share[no_help.isel(ratio=i).values].min()) for i in (-9, -1)]
    # V ∝ 1/n against p₂²: a quarter of the variance, half of the share; the grid's step is 17 %
    assert shares[0] / shares[1] == pytest.approx(2, rel=0.2)


def test_collapse_is_amplified_up_to_the_threshold_and_mitigated_beyond() -> None:
    change = larger_models.lines().collapse.sel(quality=1.0).dropna("share")
    apart = abs(np.log(change.ratio)) > np.log(larger_models.GROWTH) / 2  # not across the peak
    below, above = change[(change.ratio < 1) & apart], change[(change.ratio > 1) & apart]
    assert float(below.min()) > 0 > float(above.max())


def test_the_collapse_of_narrow_models_is_the_formula_of_one_covariance_and_its_inverse() -> None:
    # c²u p₂[1 + p₂(n − 2m)/d], u = ψ/(1 − ψ): λ → 0, m < n, d; λ = 1e-8 is felt at 1e-4 here
    d, n, m, p2 = larger_models.DIMENSION, larger_models.SAMPLES, 80, 0.4
    u = m / n / (1 - m / n)
    expected = u * p2 * (1 + p2 * (n - 2 * m) / d)
    assert de.predict(larger_models.mix(m, p2, 1.0)).collapse == pytest.approx(expected, rel=1e-3)


def test_bad_labels_make_narrower_models_lose_by_growth() -> None:
    error = larger_models.lines().error.sel(share=larger_models.SHARE).dropna("quality")
    worse = (error > 0) & (error.ratio < 1)
    first = [float(error.ratio[worse.sel(quality=c2).values].min()) for c2 in error.quality]
    assert (np.diff(first) <= 0).all() and first[-1] < 0.1 < 0.4 < first[0]


def test_infinite_width_is_the_linear_model_without_ridge() -> None:
    wide = de.predict(widths.mix(10**7, 0.3)).error
    assert de.predict(best_choice.problem(np.inf, 0.3)).error == pytest.approx(wide, rel=1e-3)


def test_the_best_width_jumps_over_the_threshold_and_the_best_weight_falls() -> None:
    lines = best_choice.lines()
    jump = best_choice.jump(lines)
    before, after = lines.width[lines.quality <= jump], lines.width[lines.quality > jump]
    assert np.isinf(before).all() and 0.2 < jump < 0.32
    assert (after < 200).all() and (np.diff(after) <= 0).all()
    assert (np.diff(lines.weight) < 0).all()
    assert 0.48 < float(lines.weight[0]) < 0.5  # good labels: the plain mix


@pytest.mark.parametrize("quality", [0.05, 1.0])
def test_the_best_weight_is_a_minimum_of_the_predicted_error(quality: float) -> None:
    a = float(best_choice.lines().weight.sel(quality=quality))
    left, best, right = (
        de.predict(best_choice.MIX.problem(a + x, quality)).error for x in (-0.02, 0.0, 0.02)
    )
    assert best < left and best < right


def test_simulated_changes_agree_with_the_maps_that_they_stand_on(
    small: dict[ModuleType, Tables],
) -> None:
    lines, points = small[more_data]
    for share in (0.1, 0.8):
        here = points.sel(term="change", ratio=3, share=share)
        near = lines.change.interp(ratio=3, share=share)
        assert float(here.predicted) == pytest.approx(float(near), abs=1)  # between grid places
        # six trials: five standard errors and the 2 points of the band
        assert abs(here.simulated - here.predicted) < 5 * here.stderr + 2


def test_a_wider_model_raises_collapse_below_and_lowers_it_beyond_in_simulation(
    small: dict[ModuleType, Tables],
) -> None:
    points = small[larger_models].points.sel(term="collapse", share=0.1, quality=1.0)
    rise, fall = points.simulated.values.tolist()
    assert rise > 0 > fall
    assert abs(points.simulated - points.predicted).values == pytest.approx(
        [0, 0], abs=float(5 * points.stderr.max() + 2)
    )


def test_theorys_choices_are_simulated_beside_the_grid(small: dict[ModuleType, Tables]) -> None:
    points = small[best_choice].points
    assert points.predicted.sel(term="width").values.tolist()[0] == np.inf
    assert (points.loss < 0.05).all()  # six trials; theory's own choice against the lowest of all
    assert ((points.low <= points.simulated) & (points.simulated <= points.high)).all()


@pytest.mark.parametrize(
    ("module", "words", "labels"),
    [
        (more_data, ("E(2n)/E(n) − 1", "Hatched", "rounding p₂n"),
         ["samples per unit of width, $n/m$ = 1/$\\psi$"]),
        (larger_models, ("25 % wider", "section 4.2", "infinitely wide"),
         ["width per sample, $m/n$ = $\\psi$ (shared)"] * 2),
        (best_choice, ("jumps", "bootstrap", "within 2 %"),
         ["quality of the synthetic labels, $c^2$ (shared)"] * 2),
    ],
    ids=["more-data", "larger-models", "best-choice"],
)  # fmt: skip
def test_captions_and_axes_say_what_is_drawn(
    module: ModuleType, words: tuple[str, ...], labels: list[str], small: dict[ModuleType, Tables]
) -> None:
    tables = small[module]
    said = " ".join(module.caption(tables).split())
    assert all(word in said for word in words) and "6 trials" in said and "(seed 3)" in said
    with styled():
        figure = module.draw(*tables, "title")
    assert [axes.get_xlabel() for axes in figure.axes if axes.get_xlabel()] == labels
    assert figure.legends and len(tables.rows()) > 20
