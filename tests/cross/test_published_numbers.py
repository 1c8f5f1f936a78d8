"""Numbers that stand in print or were simulated, to all digits shown.

Comparing the shown digits needs no tolerance: the prediction rounds to the same digits.
"""

import numpy as np
import pytest

import detequiv as de

d = 300
j = np.arange(1, d + 1, dtype=float)


# Set-up A: two sources of unlike covariance, weight and noise.

FIRST = j**-0.5 / np.mean(j**-0.5)
SECOND = np.roll(j**-0.9, 50) * (2 / np.mean(j**-0.9))


def set_up_a(ridge, model):
    return de.Problem(
        signal=1 / d,
        sources=[
            de.Source(150, FIRST, noise_variance=0.6),
            de.Source(70, SECOND, noise_variance=0.3, shift=0.5 / d, weight=0.7),
        ],
        ridge=ridge,
        model=model,
    )


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        (de.Linear(), "1.398906"),
        (de.RandomProjection(80), "1.356181"),
        (de.RandomProjection(250), "1.968880"),
    ],
    ids=str,
)
def test_set_up_a_has_the_errors_of_its_theory_lines(model, shown):
    assert f"{de.predict(set_up_a(0.02, model)).error:.6f}" == shown


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        (de.RandomProjection(150), [".401181", ".519350"]),
        (de.Linear(), [".021394", ".026840"]),
    ],
    ids=str,
)
def test_set_up_a_has_the_training_errors_of_its_theory_lines(model, shown):
    prediction = de.predict(set_up_a(0.05, model))
    assert [f"{s.training_error:.6f}"[1:] for s in prediction.sources] == shown


@pytest.mark.parametrize(
    ("entry_variance", "ridge", "shown"),
    [
        (1e-7, 0.02, "1.398913"),
        (1 / d, 0.02 * 1e7 / d, "1.398913"),
        (1 / d, 0.02, "1.899867"),
    ],
    ids=["variance 1/m", "variance 1/d, ridge times m/d", "variance 1/d, same ridge"],
)
def test_a_very_wide_projection_is_linear_only_at_the_matching_ridge(entry_variance, ridge, shown):
    """The linear model has 1.398906 here."""
    model = de.RandomProjection(10**7, entry_variance)
    assert f"{de.predict(set_up_a(ridge, model)).error:.6f}" == shown


# Theorem 2 of arXiv 2410.04840 v2, as printed and as it should be; simulation sides with the right.

TABLE = [
    # n, m, p_2, ridge, ζ right, ζ printed, V right
    (400, 150, 0.1, 0.05, ".0397", ".0549", ".0221"),
    (400, 150, 0.3, 0.05, ".1398", ".1752", ".0374"),
    (200, 350, 0.1, 0.02, ".1900", ".2008", ".1225"),
    (400, 300, 0.5, 0.01, ".5048", ".5402", ".1697"),
]


def table_mix(n, m, p2, ridge):
    s = j**-0.8 / np.mean(j**-0.8)
    shift = 1 / (d * s) if p2 == 0.5 else 1 / d
    synthetic = round(p2 * n)
    return de.Problem(
        signal=1 / d,
        sources=[
            de.Source(n - synthetic, s, noise_variance=0.04),
            de.Source(synthetic, s, noise_variance=0.25, shift=shift),
        ],
        ridge=ridge,
        model=de.RandomProjection(m),
    )


def four_digits(value):
    return f"{value:.4f}"[1:]


@pytest.mark.parametrize("row", TABLE, ids=[f"n={n}, m={m}, p2={p2}" for n, m, p2, *_ in TABLE])
class TestTheorem2:
    def test_right_is_what_predict_says(self, row):
        mix, (right, _, variance) = table_mix(*row[:4]), row[4:]
        for terms in (de.theorem_2(mix), de.predict(mix)):
            assert four_digits(terms.collapse) == right
            assert four_digits(terms.variance) == variance

    def test_printed_collapse_is_what_version_2_gives(self, row):
        mix, (_, printed, _) = table_mix(*row[:4]), row[4:]
        assert four_digits(de.theorem_2_printed(mix).collapse) == printed

    def test_printed_variance_is_n_times_too_large(self, row):
        mix, (_, _, variance) = table_mix(*row[:4]), row[4:]
        assert four_digits(de.theorem_2_printed(mix).variance / mix.n) == variance


# Figure 5: d = 600, trace-one power law, 300 real and 200 synthetic samples.

WIDTHS = [10, 100, 200, 300, 400, 480, 500, 520, 600, 700, 800, 1000]
FIGURE_5 = {
    0.0: ".814 .522 .460 .464 .584 1.61 2.97 1.43 .405 .255 .205 .165",
    1.0: ".825 .642 .744 1.02 1.86 7.59 15.9 8.50 3.13 2.34 2.07 1.851",
}


def figure_5_mix(width, quality):
    s = de.power_law(600, 1.0, trace=1.0)
    return de.Problem(
        signal=1.0,
        sources=[
            de.Source(300, s, noise_variance=0.01),
            de.Source(200, s, noise_variance=0.01, shift=de.label_shift(s, quality)),
        ],
        ridge=1e-8,
        model=de.RandomProjection(width),
    )


def to_the_digits_of(shown, value):
    decimals = len(shown.split(".")[1])
    return f"{value:.{decimals}f}".removeprefix("0")


@pytest.mark.parametrize("quality", FIGURE_5, ids="quality {:g}".format)
def test_figure_5_goes_through_its_landmarks(quality):
    errors = [de.predict(figure_5_mix(m, quality)).error for m in WIDTHS]
    shown = FIGURE_5[quality].split()
    assert [to_the_digits_of(s, e) for s, e in zip(shown, errors, strict=True)] == shown


def test_figure_5_peaks_where_width_meets_samples():
    errors = de.sweep(figure_5_mix, width=WIDTHS, quality=[0.0, 1.0]).error
    assert errors.idxmax("width").values.tolist() == [500, 500]


def test_without_shift_the_widest_model_is_best_and_with_it_a_narrow_one():
    errors = de.sweep(figure_5_mix, width=WIDTHS, quality=[0.0, 1.0]).error
    assert errors.idxmin("width").values.tolist() == [1000, 100]
    assert (errors.sel(quality=1.0, width=slice(520, None)) > errors.sel(quality=1.0).min()).all()


# Corollaries at their own parameters, ridge → 0.


def isotropic_mix(n, p2, quality, ridge=1e-13, noises=(0.0, 0.0), weights=(1.0, 1.0)):
    synthetic = round(p2 * n)
    s = de.isotropic(d)
    return de.Problem(
        signal=1 / d,
        sources=[
            de.Source(n - synthetic, s, noise_variance=noises[0], weight=weights[0]),
            de.Source(synthetic, s, noise_variance=noises[1], shift=quality / d, weight=weights[1]),
        ],
        ridge=ridge,
    )


@pytest.mark.parametrize(
    ("φ", "p2", "right"), [(1.5, 0.3, ".4800"), (3.0, 0.2, ".0933"), (3.0, 0.8, ".2933")]
)
def test_the_mended_corollary_4_holds_with_few_samples(φ, p2, right):
    """ζ = p_2c²(φ − p_2)/(φ(φ − 1)); version 2 prints .2880, .1804 and .5084."""
    prediction = de.predict(isotropic_mix(round(d / φ), p2, 1.0))
    assert four_digits(prediction.collapse) == right
    assert prediction.bias == pytest.approx(1 - 1 / φ, rel=1e-10)  # ridge/φ of relative error


def test_corollary_1_holds_with_many_samples():
    """E = σ²φ/(1 − φ) + (p_2² + p_1p_2φ/(1 − φ))c² up to the ridge of 1e−13."""
    n, p2, c2 = 900, 0.4, 0.5
    φ, σ2 = d / n, 0.6 * 0.1 + 0.4 * 0.2
    prediction = de.predict(isotropic_mix(n, p2, c2, noises=(0.1, 0.2)))
    wanted = σ2 * φ / (1 - φ) + (p2**2 + p2 * (1 - p2) * φ / (1 - φ)) * c2
    assert prediction.error == pytest.approx(wanted, rel=1e-10)


def test_weighted_mixing_is_the_master_equations_and_not_the_printed_corollary_2():
    """Simulated .0780 ± .0001; leading order .0725; printed .0206."""
    s = de.isotropic(100)
    a1, a2 = de.mixing_weights(0.2, (0.5, 0.5))
    mix = de.Problem(
        signal=0.01,
        sources=[
            de.Source(2000, s, noise_variance=1.0, weight=a1),
            de.Source(2000, s, noise_variance=0.25, weight=a2, shift=de.label_shift(s, 1.0)),
        ],
        ridge=1e-10,
    )
    assert four_digits(de.predict(mix).error) == ".0780"
