"""Numbers that stand in print or were simulated, to all digits shown.

Comparing the shown digits needs no tolerance: the prediction rounds to the same digits.
"""

import dataclasses

import numpy as np
import pytest
import scipy.fft

import detequiv as de
from helpers.strategies import in_basis, rotation

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
    ("ridge", "model", "shown"),
    [
        (0.02, de.Linear(), "1.398906"),
        (0.02, de.RandomProjection(80), "1.356181"),
        (0.02, de.RandomProjection(250), "1.968880"),
        (0.02, de.OrthogonalProjection(80), "1.376470"),
        (0.02, de.OrthogonalProjection(250), "2.163119"),
        (0.0, de.Linear(), "1.899874"),
        (0.0, de.RandomProjection(80), "1.447940"),
        (0.0, de.RandomProjection(280), "4.829334"),
        (0.0, de.RandomProjection(600), "2.362420"),
        (0.0, de.OrthogonalProjection(100), "1.646781"),
        (0.0, de.OrthogonalProjection(280), "2.632239"),
    ],
    ids=str,
)
def test_set_up_a_has_the_errors_of_its_theory_lines(ridge, model, shown):
    assert f"{de.predict(set_up_a(ridge, model)).error:.6f}" == shown


@pytest.mark.parametrize(("width", "shown"), [(80, "1.5267"), (200, "2.5744"), (500, "1.4726")])
def test_set_up_a_has_the_errors_of_its_random_features(width, shown):
    """tanh(2z) at s² = 1/d; simulated 1.511 ± .015, 2.549 ± .025 and 1.479 ± .011."""
    steep = de.Activation("tanh(2z)", lambda z: np.tanh(2 * z))
    model = de.RandomFeatures(width, steep, 1 / d)
    assert f"{de.predict(set_up_a(0.02, model)).error:.4f}" == shown


@pytest.mark.parametrize(
    ("model", "shown"),
    [(de.RandomProjection(150), [".401181", ".519350"]), (de.Linear(), [".021394", ".026840"])],
    ids=str,
)
def test_set_up_a_has_the_training_errors_of_its_theory_lines(model, shown):
    prediction = de.predict(set_up_a(0.05, model))
    assert [f"{s.training_error:.6f}"[1:] for s in prediction.sources] == shown


@pytest.mark.parametrize(
    ("entry_variance", "ridge", "shown"),
    [(1e-7, 0.02, "1.398913"), (1 / d, 0.02 * 1e7 / d, "1.398913"), (1 / d, 0.02, "1.899867")],
    ids=["variance 1/m", "variance 1/d, ridge times m/d", "variance 1/d, same ridge"],
)
def test_a_very_wide_projection_is_linear_only_at_the_matching_ridge(entry_variance, ridge, shown):
    """The linear model has 1.398906 here."""
    model = de.RandomProjection(10**7, entry_variance)
    assert f"{de.predict(set_up_a(ridge, model)).error:.6f}" == shown


# Covariances that do not commute, and fixed truths


def without_common_basis(model):
    size = 200
    k = np.arange(1, size + 1, dtype=float)
    C = scipy.fft.dct(np.eye(size), norm="ortho", axis=0)
    second = 2 * C.T @ np.diag(k**-0.9) @ C
    w = (-1) ** k / np.sqrt(size)
    shift = 0.7 / np.sqrt(size) * np.where(k <= size / 2, 1.0, -1.0)
    return de.Problem(
        signal=de.Fixed(w),
        sources=[
            de.Source(90, k**-0.5, noise_variance=0.3),
            de.Source(60, second, noise_variance=0.7, shift=de.Fixed(shift), weight=0.7),
        ],
        ridge=0.02,
        model=model,
    )


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        (de.Linear(), ".46157377"),
        (de.RandomProjection(100), ".37718299"),
        (de.RandomProjection(180), ".47370603"),
    ],
    ids=str,
)
def test_fixed_truths_and_covariances_without_a_common_basis(model, shown):
    """Simulated .46178 ± .00036, .37718 ± .00086 and .47285 ± .00074."""
    prediction = de.predict(without_common_basis(model))
    assert not prediction.problem.commuting
    assert f"{prediction.error:.8f}"[1:] == shown


# A case to keep: one of two sources with disjoint supports ties with its 24 dimensions. As the
# ridge vanishes the bias loses all its digits if counts are formed as they stand.


def tied_part(ridge, model):
    first = (np.arange(36) < 24).astype(float)
    return de.Problem(
        signal=1 / 36,
        sources=[
            de.Source(24, first, noise_variance=1.0),
            de.Source(60, 1 - first, noise_variance=0.1, shift=1 / 12),
        ],
        ridge=ridge,
        model=model,
        target=de.Target(np.ones(36)),
    )


WIDE = de.RandomProjection(1000, 1 / 36)


@pytest.mark.parametrize(
    ("ridge", "model", "bias", "variance", "collapse"),
    [
        (1e-22, de.Linear(), "6.23609564462e-12", "26726124190.7674", None),
        (1e-22, WIDE, "1.25011068434e-12", "138300340299.134", "1.00000000000004"),
        (1e-12, WIDE, "1.25011066184e-07", "1383002.94044416", None),
    ],
    ids=["linear", "random", "random, larger ridge"],
)
def test_a_part_that_ties_keeps_its_bias(ridge, model, bias, variance, collapse):
    """To the last digits shown but one: 15 digits are more than a double holds."""
    prediction = de.predict(tied_part(ridge, model))
    assert prediction.bias == pytest.approx(float(bias), rel=1e-11)
    assert prediction.variance == pytest.approx(float(variance), rel=1e-13)
    if collapse:
        assert prediction.collapse == pytest.approx(float(collapse), rel=1e-13)


@pytest.mark.parametrize("model", [de.Linear(), WIDE], ids=["linear", "random"])
@pytest.mark.parametrize("turned", [False, True], ids=["diagonal", "turned"])
def test_a_part_that_ties_without_ridge_has_no_bias_and_infinite_variance(model, turned):
    """The collapse is tr Δ of the twelve dimensions of the second source."""
    mix = tied_part(0.0, model)
    if turned:
        Q = rotation(36, 4)
        sources = [dataclasses.replace(s, covariance=in_basis(s.covariance.values, Q)) for s in mix.sources]
        mix = dataclasses.replace(mix, sources=sources)
    prediction = de.predict(mix)
    assert prediction.variance == float("inf")
    assert prediction.bias == 0
    assert prediction.collapse == pytest.approx(1.0, rel=1e-13 if turned else 1e-15)
    assert prediction.status is de.Status.DIVERGES


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
        assert four_digits(de.theorem_2_as_printed(mix).collapse) == printed

    def test_printed_variance_is_n_times_too_large(self, row):
        mix, (_, _, variance) = table_mix(*row[:4]), row[4:]
        assert four_digits(de.theorem_2_as_printed(mix).variance / mix.n) == variance


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


RIDGES = pytest.mark.parametrize("ridge", [0.0, 1e-13])


@RIDGES
@pytest.mark.parametrize(
    ("φ", "p2", "right"), [(1.5, 0.3, ".4800"), (3.0, 0.2, ".0933"), (3.0, 0.8, ".2933")]
)
def test_the_corrected_corollary_4_holds_with_few_samples(φ, p2, right, ridge):
    """ζ = p_2c²(φ − p_2)/(φ(φ − 1)); version 2 prints .2880, .1804 and .5084."""
    prediction = de.predict(isotropic_mix(round(d / φ), p2, 1.0, ridge))
    assert four_digits(prediction.collapse) == right
    assert prediction.bias == pytest.approx(1 - 1 / φ, rel=1e-10)  # ridge/φ of relative error


@RIDGES
def test_corollary_1_holds_with_many_samples(ridge):
    """E = σ²φ/(1 − φ) + (p_2² + p_1p_2φ/(1 − φ))c² up to the ridge."""
    n, p2, c2 = 900, 0.4, 0.5
    φ, σ2 = d / n, 0.6 * 0.1 + 0.4 * 0.2
    prediction = de.predict(isotropic_mix(n, p2, c2, ridge, noises=(0.1, 0.2)))
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


# Model Collapse Demystified, arXiv 2402.07712 v2, figure 1: n generations of generators trained on
# T_0 = 600 samples of noise .2², then ridge on T = 1000 samples of noise .1², d = 300.


@pytest.mark.parametrize(
    ("ridge", "shown"),
    [(1e-3, ".0043 .0442 .1239 .4031"), (0.5, ".1649 .1810 .2132 .3260")],
    ids=["ridge .001", "ridge .5"],
)
def test_generations_of_generators_have_their_published_errors(ridge, shown):
    """p_2 = 1 and Δ = nσ_0²/(T_0 − d) Σ⁻¹; simulated .0042 .0427 .1247 .4064 and .1625 .1829 .2134
    .3195."""
    errors = []
    for generations in (0, 1, 3, 10):
        shift = generations * 0.2**2 / (600 - d)
        source = de.Source(1000, np.ones(d), noise_variance=0.1**2, shift=shift)
        errors.append(de.predict(de.Problem(signal=1 / d, sources=[source], ridge=ridge)).error)
    assert [four_digits(error) for error in errors] == shown.split()
