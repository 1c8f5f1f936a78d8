"""What the titles of figures claim, checked on their numbers."""

import numpy as np
import pytest

from detequiv.paper_figures.figures import (
    demystified_1,
    demystified_2,
    figure_1,
    figure_3,
    figure_4,
    figure_7,
    figure_10,
    own_generator,
    own_rounds,
)
from detequiv.paper_figures.figures.selecting import filter_acceptance, sign_oracle, wrong_verifier
from detequiv.paper_figures.setups import (
    figure_5_setup,
    figure_9_setup,
    generations,
    own_labels,
    selected_labels,
)
from detequiv.paper_figures.setups.feature_points import BY_FEATURES, BY_INPUTS, CONTROL
from detequiv.paper_figures.setups.ridge_curves import with_best
from helpers.published import published_points, published_tables


@pytest.mark.slow
@pytest.mark.parametrize("share", figure_1.FRACTIONS)
def test_with_poor_labels_the_best_width_on_real_data_is_not_best_on_the_mix(share: float) -> None:
    line = figure_1.lines().sel(fraction=share)
    widest = line.isel(width=int(line["real"].isel(quality=0).argmin("width")))["error"]
    cost = (widest / line["error"].min("width")).values
    assert (np.diff(cost) >= 0).all() and cost[0] == 1 and cost[-1] > 1.2


def test_beyond_the_threshold_the_bias_falls_again_and_the_collapse_stays() -> None:
    lines = figure_5_setup.lines()
    bias, collapse = lines.bias.isel(quality=0), lines.collapse.sel(quality=[0.1, 0.5, 1.0])
    assert float(bias.sel(width=1000)) < 0.3 * float(bias.sel(width=400))
    assert (collapse.sel(width=1000) > collapse.sel(width=400)).all()


def test_a_constant_share_puts_a_floor_under_the_error() -> None:
    table = figure_3.lines().error.sel(samples=100_000)
    for share in (0.1, 0.5, 1.0):
        for quality in figure_3.QUALITIES:
            floor = share**2 * quality
            if floor > 1e-3:  # else n = 10⁵ is not enough to see it
                assert floor < float(table.sel(fraction=share, quality=quality)) < floor + 2e-3


@pytest.mark.slow
@pytest.mark.parametrize("quality", [0.5, 1.0])
def test_with_poor_labels_synthetic_data_hurt_wide_models_most(quality: float) -> None:
    error = figure_4.lines().error.sel(quality=quality)
    loss = error / error.isel(fraction=0)
    assert (loss.sel(width=1000) >= loss.sel(width=[50, 100, 200, 400, 500, 600])).all()


def test_the_worse_the_labels_the_narrower_the_best_model() -> None:
    best = figure_5_setup.lines().error.idxmin("width").values
    assert (np.diff(best) <= 0).all() and best[0] == 1000 and best[-1] == 89


def test_trained_on_few_synthetic_samples_wider_networks_do_better() -> None:
    points = published_points("6").squeeze("term")
    few = points.sel(samples=points.samples <= 400)
    assert (few.simulated.diff("width") < 0).all()
    narrowest, widest = few.isel(width=0), few.isel(width=-1)
    gain = narrowest.simulated - widest.simulated
    assert (gain > 4 * np.hypot(narrowest.stderr, widest.stderr)).all()
    most = points.simulated.isel(samples=-1)  # "few": with many, all do as well
    assert float(most.max() / most.min()) < 1.05


@pytest.mark.parametrize("panel", [figure_7.NETWORKS, BY_FEATURES])
def test_on_images_too_a_larger_synthetic_share_raises_the_error(panel: str) -> None:
    error = published_points("7").squeeze("term").simulated.sel(panel=panel)
    for n in (200, 400, 600, 1000):
        shares = error.sel(samples=n).dropna("fraction")
        drawn = shares.sel(fraction=[p2 for p2 in shares.fraction.values if p2 in figure_7.DRAWN])
        assert (np.diff(drawn) > 0).all() and len(drawn) >= 2
    lines = published_tables("7").lines.error.sel(panel=[BY_INPUTS, BY_FEATURES, CONTROL])
    assert (lines.sel(fraction=list(figure_7.DRAWN)).diff("fraction") > 0).all()


def test_the_theory_of_the_pixels_fails_and_that_of_the_features_is_close() -> None:
    points = published_points("7").squeeze("term")
    most = {
        panel: figure_7.largest_deviation(points.sel(panel=panel))
        for panel in (BY_INPUTS, BY_FEATURES, CONTROL)
    }
    assert most == {BY_INPUTS: 49, BY_FEATURES: 6, CONTROL: 8}
    assert points.attrs["left"] > 0.3 * points.attrs["null_error"]  # "not linear": of the labels


def test_simulation_agrees_with_the_corrected_forms_of_six_statements() -> None:
    points = published_points("printed-right")
    assert set(points.verdict.sel(term="right").values.ravel()) == {"agrees", ""}
    wrong = (points.verdict.sel(term="printed") == "disagrees").sum("at")
    assert len(wrong) == 6 and (wrong >= 7).all()


def test_the_best_weight_beats_the_plain_mix_by_a_factor_of_up_to_13() -> None:
    lines = figure_9_setup.lines()
    ratio = (lines.plain_error / lines.best_error).values
    assert np.nanmin(ratio) > 0.995 and round(np.nanmax(ratio)) == 13  # eq. 18 is a leading order


def test_with_many_samples_repeated_mixing_needs_fresh_real_data() -> None:
    error = figure_10.lines().error
    many = error.where(error.samples >= 1000, drop=True)
    clean = many.sel(series="clean")
    assert (many.sel(series="fresh real data") < clean).all()
    assert (many.sel(series="same real data") > clean).all()


@pytest.mark.parametrize("recipe", [demystified_1, demystified_2])
def test_the_best_ridge_grows_with_the_generators(recipe) -> None:
    best = with_best(generations.lines(recipe.CHAIN, recipe.RIDGES)).best_ridge.values
    assert (np.diff(best) > 0).all()


def test_own_labels_hurt_where_those_of_other_data_would_help() -> None:
    error = own_generator.lines().error.sel(varied="number")
    counts = error.value[(error.value >= 10) & (error.value <= 500)]
    assert (error.sel(samples="same samples").dropna("value") > own_labels.alone()).all()
    assert (error.sel(samples="other samples", value=counts).dropna("value") < own_labels.alone()).all()


def test_replaced_data_collapse_and_mixed_with_real_ones_the_error_settles() -> None:
    error = own_rounds.lines().error
    replaced, mixed = error.sel(way="replace"), error.sel(way="mix")
    assert float(replaced[-1]) > 4 * float(replaced[0]) and own_rounds.limits()["replace"] > 1
    assert abs(float(mixed[-1]) - own_rounds.limits()["mix"]) < 1e-3 < float(mixed[4] - mixed[0])


def test_about_2d_samples_are_best_however_many_there_are() -> None:
    error = filter_acceptance.lines().error
    assert abs(error.idxmin("kept") - 2).max() < 0.3
    for number in filter_acceptance.NUMBERS:
        best = selected_labels.best_kept(number)
        assert best.kept * number == pytest.approx(float(error.sel(number=number).idxmin()), rel=0.06)
        assert best.error == pytest.approx(float(error.sel(number=number).min()), rel=0.003)
    stated = [filter_acceptance.limit(number) for number in filter_acceptance.NUMBERS]
    assert error.min("kept").values == pytest.approx(stated, rel=0.1)


def test_data_filtered_by_a_wrong_verifier_beat_the_verifier_and_by_an_exact_one_leave_no_plateau() -> None:
    error, own = wrong_verifier.lines().error, selected_labels.VERIFIER_ERRORS["wrong"]
    floor = wrong_verifier.floor().plateau
    wrong, exact = error.sel(verifier="wrong"), error.sel(verifier="exact")
    assert floor < float(wrong[-1]) < 1.02 * floor < own
    assert (wrong.sel(number=wrong.number >= 5) < own).all()
    many = exact.sel(number=[30.0, 300.0]).values
    assert many[0] / many[1] == pytest.approx(100, rel=0.02)
    assert float(error.sel(verifier="none")[-1]) == pytest.approx(selected_labels.GENERATOR_ERROR, rel=0.01)


def test_agreement_halves_the_0_1_error_and_a_margin_cuts_it_further() -> None:
    error = sign_oracle.lines()[sign_oracle.TERM]
    generator = selected_labels.ANGLE / 180
    assert error.sel(number=320, margin=0) == pytest.approx(generator / 2, rel=0.02)
    best = error.idxmin("margin").values
    assert (np.diff(best) > 0).all() and best[0] > 0 and best[-1] < 2
    assert (error.min("margin") < [generator / 3, generator / 6, generator / 11]).all()
