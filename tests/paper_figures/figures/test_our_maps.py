"""The maps: more data, larger models; and the best choices. What they say, and that they draw."""

from types import ModuleType

import numpy as np
import pytest

import detequiv as de
from detequiv.paper_figures.computing.work import Work
from detequiv.paper_figures.drawing.style import styled
from detequiv.paper_figures.drawing.tables import Tables
from detequiv.paper_figures.figures import best_choice, larger_models, more_data
from detequiv.paper_figures.setups import figure_5_setup
from detequiv.paper_figures.setups.step_changes import COPIES
from helpers.published import published_points


@pytest.fixture(scope="module")
def small() -> dict[ModuleType, Tables]:
    """Each with few places and trials."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(more_data, "PLACES", ((3, 0.1), (3, 0.8)))
        patch.setattr(larger_models, "PLACES", {"ratio": (0.2, 1.7), "share": (0.1,), "quality": (0.3,)})
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
    assert (change.sel(share=0.01, method="nearest") < -40).all()  # clean: −50% and more
    assert float(change.isel(ratio=-1, share=-1)) > -1  # at p₂ = 1 and n = 256 m nothing is gained
    falling = np.diff(change.values[16:], axis=0)  # from n/m = 32, clear of the threshold
    assert (falling > 0).all()  # every doubling gains less than the one before


def test_data_hardly_help_where_collapse_is_nine_tenths_of_the_error_and_not_much_before() -> None:
    table = more_data.lines()
    no_help, share = table.change > more_data.HELPS, table.collapse_share
    assert no_help.where(share > 0.905, True).all()  # the title; the border is at 0.9024 at most
    assert (share.where(no_help, 1.0) > 0.8).all() and no_help.any()
    border = more_data.read_along(more_data.HELPS, table.change, share)
    assert 0.81 < border.min() < 0.82 and 0.9 < border.max() < 0.905


def test_data_still_help_where_half_of_the_error_is_collapse() -> None:
    table = more_data.lines()
    at_half = more_data.read_along(more_data.HALF, table.collapse_share, table.change)
    assert len(at_half) == len(table.ratio)  # the line runs through the whole map
    assert at_half.max() < -24 and at_half.min() < -50
    assert (table.change.where(table.collapse_share < 0.5, -100) < -24).all()


def test_values_along_a_level_are_interpolated_and_columns_without_it_left_out() -> None:
    import xarray

    coords = {"ratio": [1, 2], "share": [0.0, 0.5, 1.0]}
    of = xarray.DataArray([[0.0, 1.0, 2.0], [5.0, 6.0, 7.0]], coords, ("ratio", "share"))
    assert more_data.read_along(1.5, of, 10 * of.T).tolist() == [15.0]


def test_twice_the_data_halve_the_variance_and_leave_a_floor_of_collapse() -> None:
    table = de.sweep(
        lambda ratio, share: more_data.mix(ratio, share, COPIES),
        ratio=[2, 4, 64, 128, 256, 512, 10**7],
        share=[0.05, 0.2, 1.0],
    )
    twice = table.variance.sel(ratio=[4, 128, 512]).values / table.variance.sel(ratio=[2, 64, 256])
    assert (twice <= 0.5).all() and (twice[1:] > 0.49).all()
    floor = table.collapse.sel(ratio=10**7) / table.share**2
    assert floor.values == pytest.approx([float(floor[-1])] * 3, rel=1e-4)
    assert (table.collapse > table.collapse.sel(ratio=10**7) * (1 - 1e-9)).all()


def test_the_border_of_no_more_help_is_where_the_variance_meets_the_floor() -> None:
    table = more_data.lines()
    no_help = table.change > more_data.HELPS
    shares = [float(table.share[no_help.isel(ratio=i).values].min()) for i in (-9, -1)]
    # V ∝ 1/n against p₂²: a quarter of the variance, half of the share; the grid's step is 17%
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


def test_beyond_the_threshold_every_model_gains_by_growth() -> None:
    lines = larger_models.lines()
    error = lines.error.sel(share=larger_models.SHARE).dropna("quality")
    beyond = error[error.ratio > larger_models.GROWTH**0.5]
    assert beyond.sizes["ratio"] > 40 and (beyond < 0).all()
    # and its collapse falls towards that of infinite width, which is not 0
    level = lines.beyond_linear.sel(quality=larger_models.QUALITY)
    assert (level[level.ratio > 1.2] > 1).all() and float(level[-1].max()) < 1.1


def test_the_narrower_model_of_equal_collapse_is_where_the_caption_says() -> None:
    d, n, p2 = larger_models.DIMENSION, larger_models.SAMPLES, larger_models.SHARE
    infinite = de.predict(larger_models.mix(np.inf, p2, 1.0)).collapse
    # c²u p₂[1 + p₂(n − 2m)/d], u = ψ/(1 − ψ), on a fine grid of m
    m = np.linspace(1, n - 1, 100_001)
    collapse = m / (n - m) * p2 * (1 + p2 * (n - 2 * m) / d)
    equal = float(np.interp(infinite, collapse, m / n))
    tables = Tables(larger_models.lines(), published_points("larger-models"))
    assert f"m = {equal:.2f} n at p₂ = 0.4" in " ".join(larger_models.caption(tables).split())


def test_infinite_width_is_the_linear_model_without_ridge() -> None:
    wide = de.predict(figure_5_setup.mix(10**7, 0.3)).error
    assert de.predict(best_choice.problem(np.inf, 0.3)).error == pytest.approx(wide, rel=1e-3)


def test_the_best_width_jumps_over_the_threshold_and_the_best_weight_falls() -> None:
    lines = best_choice.lines()
    jump = best_choice.jump(lines)
    before, after = lines.width[lines.quality <= jump], lines.width[lines.quality > jump]
    assert np.isinf(before).all() and f"{jump:.3f}" == "0.306"
    assert (after < 200).all() and (np.diff(after) <= 0).all()
    assert (np.diff(lines.weight) < 0).all()
    assert 0.48 < float(lines.weight[0]) < 0.5  # good labels: the plain mix


@pytest.mark.parametrize(("factor", "infinite"), [(0.999, True), (1.001, False)])
def test_infinite_width_is_best_up_to_the_jump_and_not_beyond(factor: float, infinite: bool) -> None:
    quality = factor * best_choice.jump(best_choice.lines())
    error = {
        m: de.predict(best_choice.problem(m, quality)).error
        for m in (*range(100, 250), 450, 550, 1000, 20_000, np.inf)
    }
    best = min(error, key=error.__getitem__)
    assert np.isinf(best) == infinite and (infinite or 150 < best < 165)
    assert error[450] > 1.5 * error[best] < error[550]  # at the peak no width is best


def test_the_widths_within_two_percent_are_all_that_lie_between_the_ends_of_the_grey_area() -> None:
    lines = best_choice.lines()
    for quality in (0.01, 0.2818, 0.3162, 1.0, 10.0):  # both sides of the jump, and the ends
        here = lines.sel(quality=quality)
        widths_there = [m for m in best_choice.WIDTHS[::5] if m < np.inf]
        error = {m: de.predict(best_choice.problem(m, quality)).error for m in widths_there}
        least = de.predict(best_choice.problem(float(here.whole), quality)).error
        for m, value in error.items():
            assert (value <= 1.02 * least) == (here.narrowest <= m <= here.widest), m


def test_the_best_width_between_whole_numbers_is_next_to_the_best_whole_number() -> None:
    lines = best_choice.lines()
    finite = lines.sel(quality=lines.quality > best_choice.jump(lines))
    assert float(abs(finite.width - finite.whole).max()) < 0.6  # half a step, and a parabola's error
    assert (np.diff(finite.width) < 0).all()
    narrowest = finite.isel(quality=-1)
    assert float(narrowest.narrowest) >= best_choice.WIDTHS[0]


def test_all_changes_lie_within_the_levels_that_are_coloured() -> None:
    lines = larger_models.lines()
    for change in (lines.collapse, lines.error):
        assert larger_models.LEVELS[0] < float(change.min()) < float(change.max()) < larger_models.LEVELS[-1]
    change = more_data.lines().change
    assert more_data.LEVELS[0] < float(change.min()) < float(change.max()) < more_data.LEVELS[-1]


@pytest.mark.parametrize("quality", [0.05, 1.0])
def test_the_best_weight_is_a_minimum_of_the_predicted_error(quality: float) -> None:
    a = float(best_choice.lines().weight.sel(quality=quality))
    left, best, right = (
        de.predict(best_choice.MIX.problem(a + x, quality)).error for x in (-0.02, 0.0, 0.02)
    )
    assert best < left and best < right


@pytest.mark.slow
def test_simulated_changes_agree_with_the_maps_that_they_stand_on(small: dict[ModuleType, Tables]) -> None:
    lines, points = small[more_data]
    for share in (0.1, 0.8):
        here = points.sel(term="change", ratio=3, share=share)
        near = lines.change.interp(ratio=3, share=share)
        assert float(here.predicted) == pytest.approx(float(near), abs=1)  # between grid places
        # six trials: five standard errors and the 2 points of the tolerance
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
        (
            more_data,
            ("E(2n)/E(n) − 1", "Hatched", "rounding p₂n"),
            ["samples per unit of width, $n/m$ = 1/$\\psi$"],
        ),
        (
            larger_models,
            ("25% wider", "section 4.2", "infinitely wide"),
            ["width per sample, $m/n$ = $\\psi$"],
        ),
        (best_choice, ("jumps", "bootstrap", "within 2%"), ["quality of labels, $c^2$"] * 2),
    ],
    ids=["more-data", "larger-models", "best-choice"],
)
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
