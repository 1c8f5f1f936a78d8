"""Constants and comparisons of the solvers, each at its own border.

What a whole prediction hardly shows: there the two sides of a border differ by rounding or by time
alone. Every test here is of one number, and of one thing on either side of it.
"""

import dataclasses
import math

import numpy as np
import pytest

import detequiv as de
from detequiv.numerics.grids import batched_theorems as families_of
from detequiv.numerics.predictions import divergence
from detequiv.numerics.solver import conditioning, precise, ridgeless_limit
from detequiv.numerics.solver import path_following as solve
from detequiv.numerics.solver import precision_choice as solving
from detequiv.numerics.solver import ridge_limits as limit
from detequiv.numerics.solver import unit_scaling as scaled
from detequiv.numerics.solver.arithmetic import DOUBLE, in_digits
from detequiv.numerics.solver.unit_scaling import scaled_equations
from detequiv.theory.base.errors import SolveError
from detequiv.theory.equations.master_equations import Linearised
from detequiv.theory.equations.matrix_algebra import DiagonalAlgebra
from helpers.refusals import refused
from helpers.strategies import rotation


def problem(n=(5, 4), spectrum=(2.0, 1.0, 0.5), ridge=0.1, model=None, **fields):
    real = de.Source(n[0], np.array(spectrum), noise_variance=0.5)
    synthetic = de.Source(n[1], np.array(spectrum), noise_variance=0.3, shift=0.2)
    return de.Problem(
        signal=1.0, sources=[real, synthetic], ridge=ridge, model=model or de.Linear(), **fields
    )


# scaled: when matrices are taken as they are


def test_matrices_are_taken_as_given_unless_they_commute_and_something_must_vanish_exactly():
    Q = rotation(3, 1)

    def turned(values):
        return (Q * values) @ Q.T

    full, short = turned([2.0, 1.0, 0.5]), np.outer(Q[:, 0], Q[:, 0])
    assert scaled.uses_given_matrices(problem(spectrum=full))
    assert not scaled.uses_given_matrices(problem(spectrum=full, ridge=0.0))
    assert not scaled.uses_given_matrices(problem(spectrum=short))
    assert not scaled.uses_given_matrices(problem())  # there is nothing to turn


# solve: from where a path starts, and how it goes on


def equations_of(ridge=0.1, **fields):
    return scaled_equations(problem(ridge=ridge, **fields)).equations


def test_the_penalty_of_the_target_is_exact_and_others_are_their_own():
    equations = equations_of()
    exact = equations.closure.penalty
    there = math.log(exact)
    assert solve._at(equations, there, DOUBLE).closure.penalty == exact
    assert solve._at(equations, there + 0.9e-9, DOUBLE).closure.penalty == exact
    for beside in (1.1e-9, -1.1e-9):
        found = solve._at(equations, there + beside, DOUBLE).closure.penalty
        assert found != exact and found == pytest.approx(exact * math.exp(beside), rel=1e-15)


def test_a_path_is_predicted_along_its_last_secant():
    one, two = (3.0, np.array([1.0, 5.0])), (2.0, np.array([2.0, 4.0]))
    assert solve._predicted([one], 0.0).tolist() == [1.0, 5.0]
    assert solve._predicted([one, two], 0.5).tolist() == [3.5, 2.5]


@pytest.mark.parametrize("model", [de.Linear(), de.RandomProjection(2), de.RandomProjection(40)])
def test_where_the_ridge_dominates_the_scale_exceeds_every_load_a_thousand_times(model):
    equations = equations_of(model=model, spectrum=(2.0, 1.0, 0.5))
    start = solve._at(equations, solve._dominating(equations), DOUBLE)
    η = start.closure.scale_at_excess(start.base, start.samples)
    largest = (equations.weights[:, None] * equations.covariances).max()
    assert η == pytest.approx(1000 * largest, rel=1e-9)


def test_a_root_of_one_group_is_polished_to_the_last_bits(monkeypatch):
    equations = equations_of(model=de.OrthogonalProjection(2))
    exact = solve.solve(equations)
    assert exact.residual <= 8 * DOUBLE.eps
    monkeypatch.setattr(solve, "_scale_at", lambda *_: (exact.η * (1 + 1e-5), 7))
    root = solve.solve(equations)
    assert root.residual <= 8 * DOUBLE.eps and root.η == pytest.approx(exact.η, rel=1e-14)
    assert 9 <= root.iterations <= 7 + 1 + solve.POLISHES


def test_where_the_ridge_dominates_matrices_it_exceeds_their_row_sums_as_well():
    equations = scaled_equations(noncommuting(5)).equations
    start = solve._at(equations, solve._dominating(equations), DOUBLE)
    η = start.closure.scale_at_excess(start.base, start.samples)
    largest = (equations.weights[:, None, None] * np.abs(equations.covariances)).max()
    assert η == pytest.approx(1000 * 5 * largest, rel=1e-9)


def test_newton_stalls_where_it_is_given_too_few_steps_or_starts_beyond_all_reason():
    two = de.Source(3, np.array([1.0, 0.0, 2.0]), weight=0.5)
    mix = problem()
    mix = dataclasses.replace(mix, sources=[mix.sources[0], two])
    equations = scaled_equations(mix).equations
    start = equations.counts / equations.samples
    root = solve.newton(equations, start, 1.0, DOUBLE)
    needed = root.iterations - 1  # the last evaluation is that of the residual
    assert solve.newton(equations, start, 1.0, DOUBLE, limit=needed).η == root.η
    with pytest.raises(solve.Stalled):
        solve.newton(equations, start, 1.0, DOUBLE, limit=needed - 1)
    with pytest.raises(solve.Stalled):
        solve.newton(equations, start, math.nan, DOUBLE)


class Stand:
    """In the place of equations in two unknowns: this residual everywhere, the identity as
    Jacobian; remembers the points at which it was asked."""

    def __init__(self, residual):
        self.residual, self.seen = np.array([residual, 0.0]), []

    def linearised(self, shares, η):
        self.seen.append(η)
        return Linearised(self.residual[::-1], np.eye(2))


def test_newton_counts_its_evaluations_and_takes_at_most_forty_steps():
    stand = Stand(0.0)
    root = solve.newton(stand, np.ones(1), 1.0, DOUBLE, used=5)
    assert root.iterations == 5 + len(stand.seen) == 7
    never = Stand(1e-9)
    with pytest.raises(solve.Stalled):
        solve.newton(never, np.ones(1), 1.0, dataclasses.replace(DOUBLE, eps=0.0))
    assert len(never.seen) == 40


def test_a_step_of_newton_is_at_most_a_factor_of_e_to_the_fourth():
    stand = Stand(10.0)
    with pytest.raises(solve.Stalled):
        solve.newton(stand, np.ones(1), 1.0, DOUBLE, limit=2)
    assert stand.seen == pytest.approx([1.0, math.exp(-4)])


@pytest.mark.parametrize(("residual", "arrived"), [(0.9e-3, True), (1.1e-3, False)])
def test_a_point_with_a_residual_above_a_thousandth_is_no_solution(residual, arrived):
    stand, x = Stand(residual), np.zeros(2)
    if arrived:
        assert solve._judged(stand, x, DOUBLE, 0).residual == residual
    else:
        with pytest.raises(solve.Stalled):
            solve._judged(stand, x, DOUBLE, 0)


@pytest.mark.parametrize(("exponent", "lost"), [(1900, False), (2100, True)])
def test_newton_is_lost_where_a_logarithm_exceeds_2000(exponent, lost):
    kind = in_digits(20)
    one, η = np.array([kind.number(1)], dtype=object), kind.number(1).context.exp(exponent)
    if lost:
        with pytest.raises(solve.Stalled):
            solve.newton(Stand(kind.number(0)), one, η, kind)
    else:
        root = solve.newton(Stand(kind.number(0)), one, η, kind)
        assert abs(root.η / η - 1) < 1e-15


# limit: what is told apart by two ridges


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("x", "y", "floor", "decades", "wanted"),
    [
        (0.0, 0.0, 0.0, 20, 0.0),
        (10.0, 1.0, 0.0, 20, 0.0),  # below 10^(−20/20) of it
        (100.0, 1.0, 0.0, 40, 0.0),
        (1.0, 10.0, 0.0, 20, math.inf),
        (1.0, 100.0, 0.0, 40, math.inf),
        (1.0, 10.0, 9.9, 20, math.inf),
        (1.0, 10.0, 10.0, 20, 10.0),  # no more than rounding
        (1.0, 1 + 0.9e-12, 0.0, 20, 1 + 0.9e-12),
        (1.0, 1.5, 0.5, 20, 1.5),
    ],
)
def test_two_ridges_tell_zero_infinity_and_numbers_apart(x, y, floor, decades, wanted, sign):
    assert limit._limit(sign * x, sign * y, floor, decades, limit.ALIKE) == sign * wanted


@pytest.mark.parametrize(
    ("x", "y", "floor", "decades"),
    [
        (9.99, 1.0, 0.0, 20),
        (1.0, 9.99, 0.0, 20),
        (99.9, 1.0, 0.0, 40),
        (1.0, 99.9, 0.0, 40),
        (1.0, 1 + 1.1e-12, 0.0, 20),
        (1.0, 1.5, 0.49, 20),
    ],
)
def test_numbers_that_two_ridges_do_not_settle_are_left_to_smaller_ones(x, y, floor, decades):
    with pytest.raises(limit.Unlike):
        limit._limit(x, y, floor, decades, limit.ALIKE)


def test_sums_of_limits_that_are_opposite_infinities_are_limits_of_sums():
    a, b = np.array([[1.0, 1.0], [-1.0, 2.0]]), np.array([[10.0, 10.0], [-10.0, 2.0]])
    limits = np.array([[math.inf, math.inf], [-math.inf, 2.0]])
    assert ridgeless_limit._sums(a, b, limits, 20).tolist() == [0.0, math.inf]


def test_rounding_may_leave_of_a_cancelled_part_what_14_digits_show():
    mix = dataclasses.replace(problem(), signal=de.Fixed([1.0, 0.5, 0.2]))
    found = ridgeless_limit.evaluate(solving.solve_problem(mix, None))
    floors = ridgeless_limit._rounding(mix, found)
    truths = np.abs(np.concatenate([found.bias, found.labels])).max(axis=0)
    assert set(floors) == {"collapse"} and truths.min() > 0
    assert floors["collapse"].max(axis=0) == pytest.approx(1e-14 * truths, rel=1e-12, abs=0)


def test_only_truths_with_products_can_cancel():
    mix = problem()
    random, gain = mix.frame.truths, dataclasses.replace(mix.sources[1], gain=0.9)
    assert not any(part.mixes_signs() for part in random)
    gained = dataclasses.replace(mix, sources=[mix.sources[0], gain])
    assert any(part.mixes_signs() for part in gained.frame.truths)
    fixed = dataclasses.replace(mix, signal=de.Fixed([1.0, 0.5, 0.2]))
    assert any(part.mixes_signs() for part in fixed.frame.truths)


@pytest.mark.parametrize(("decades", "diagonal", "matrices"), [(20, 35, 72), (80, 95, 192)])
def test_so_many_digits_are_spared_for_a_tiny_ridge(decades, diagonal, matrices):
    """Fifteen beyond its zeros; matrices lose twice as many as it has, and more."""
    assert limit.spare_digits(problem(), decades) == diagonal
    assert limit.spare_digits(noncommuting(3), decades) == matrices


def test_the_ridge_that_is_as_good_as_none_is_so_many_decades_below_the_smallest_load():
    found = scaled_equations(problem(spectrum=(2.0, 0.5, 0.0)))
    penalty = limit.tiny_ridge(20)(found).closure.penalty
    assert penalty == pytest.approx(0.25e-20, rel=1e-12, abs=0)
    dense = scaled_equations(noncommuting(3))
    entries = np.abs(dense.equations.covariances).max(axis=(1, 2)) * dense.equations.weights
    wanted = entries.min() * 1e-16 * 1e-40
    assert limit.tiny_ridge(40)(dense).closure.penalty == pytest.approx(wanted, rel=1e-12, abs=0)


def test_the_smallest_load_is_of_positive_eigenvalues_alone():
    mix = problem(spectrum=(2.0, 0.5, 0.0))
    assert limit._smallest_load(scaled_equations(mix).equations) == 0.25  # in units of the largest


# solved: when double precision is enough


@pytest.fixture(scope="module")
def diagonal():
    mix = problem()
    return mix, solving.solve_problem(mix, None).root


def test_double_precision_is_enough_up_to_the_promised_error(diagonal):
    mix, root = diagonal

    def enough(error):
        return solving._enough(mix, dataclasses.replace(root, estimated_error=error), 1.0)

    assert enough(1e-11) and not enough(math.nextafter(1e-11, 1))


def noncommuting(d):
    first, second = np.arange(1.0, d + 1), rotation(d, 2)
    other = de.Source(4, (second * first) @ second.T)
    return de.Problem(signal=1.0, sources=[de.Source(5, np.diag(first)), other], ridge=0.1)


@pytest.mark.parametrize(("d", "counted"), [(40, True), (41, False)])
def test_more_digits_remove_the_rounding_of_matrices_up_to_dimension_40(diagonal, d, counted):
    mix, (_, root) = noncommuting(d), diagonal
    assert not mix.frame.diagonal
    exact = dataclasses.replace(root, estimated_error=0.0)
    assert solving._enough(mix, exact, 1e-10)
    assert solving._enough(mix, exact, 1.01e-10) is not counted
    off = dataclasses.replace(root, estimated_error=1.01e-10)
    assert not solving._enough(mix, off, 0.0)


@pytest.mark.parametrize(
    ("penalty", "tried"), [(9.9e249, True), (1.01e250, False), (1.01e-250, True), (0.99e-250, False)]
)
def test_extreme_penalties_are_left_to_more_digits(penalty, tried):
    found = scaled_equations(problem())
    equations = solve.with_penalty(found.equations, penalty)
    assert (solving._in_double(found, equations) is not None) is tried
    rounded = dataclasses.replace(found, exact=False)
    assert solving._in_double(rounded, found.equations) is None


# precise: how many digits are tried


def test_a_thousand_digits_are_tried_and_no_more():
    mix = problem(n=(3, 0), spectrum=(1.0,))
    _, root, working = precise.solve_precisely(mix, None, 985)
    assert working == 1000 and root.estimated_error < root.η.context.mpf(10) ** -985
    with refused(SolveError, "digits", "more than 1000", "986 digits", "ridge larger"):
        precise.solve_precisely(mix, None, 986)


# divergence: the rank of all samples


def sources_of(counts, d=60):
    """Each source on its own six coordinates."""
    shown = []
    for k, n in enumerate(counts):
        values = np.zeros(d)
        values[6 * k : 6 * k + 6] = 1.0
        shown.append(de.Source(n, values))
    return de.Problem(signal=1.0, sources=shown, ridge=0.1)


@pytest.mark.parametrize(
    ("counts", "rank"), [((3, 2), 5), ((3, 9), 9), ((9, 9), 12), ((9,) * 10, 60), ((0, 4), 4)]
)
def test_the_samples_span_as_many_dimensions_as_their_sources_allow(counts, rank):
    """Ten sources have 1024 sets, of which the last one is looked at, too."""
    assert divergence._sample_rank(sources_of(counts)) == rank


OWN = (de.Source(3, np.repeat([1.0, 0.0], 6)), de.Source(20, np.repeat([0.0, 1.0], 6)))
ONE = "as many samples as features, n = m = 2"
ALL = "as many samples as the data have dimensions, n = rank = 3"
WIDE = "as many features as the training data have dimensions, m = rank = 3"
SPAN = "as many features as the samples span dimensions, m = 9"
SOME = "some of the sources have exactly as many samples together"


@pytest.mark.parametrize(
    ("sources", "width", "reason"),
    [
        (2, 2, ONE),
        (3, None, ALL),
        (3, 3, ALL),
        (3, 5, ALL),
        (3, 2, SOME),
        (9, 3, WIDE),
        (2, 3, SOME),
        (9, 5, SOME),
        (9, None, SOME),
        (5, 5, SOME),
        (OWN, 9, SPAN),
        (OWN, 5, SOME),
        (OWN, None, SOME),
    ],
)
def test_the_reason_for_a_divergence_names_the_counts_that_are_equal(sources, width, reason):
    if isinstance(sources, int):
        sources = (de.Source(sources, np.array([2.0, 1.0, 0.5])),)
    model = de.Linear() if width is None else de.RandomProjection(width)
    mix = de.Problem(signal=1.0, sources=sources, ridge=0.0, model=model)
    said = divergence.diverges(mix, ["variance"])
    assert said.startswith("The variance diverges as the ridge vanishes: ") and reason in said
    both = divergence.diverges(mix, ["variance", "collapse"])
    assert both.startswith("The variance and collapse diverge as the ridge vanishes: ")


# family: which problems are solved together


def members(count, **fields):
    return [problem(n=(5 + i, 4), **fields) for i in range(count)]


def test_eight_problems_are_a_family_and_seven_are_not():
    spectrum = 1 / np.arange(1.0, 21)
    assert [len(found) for found, _ in families_of.families(members(8, spectrum=spectrum))] == [8]
    assert not list(families_of.families(members(7, spectrum=spectrum)))


@pytest.mark.parametrize(
    ("n", "width", "off"),
    [(9, None, True), (3, None, False), (9, 3, False), (9, 9, False), (9, 5, True), (2, 3, False)],
)
def test_without_ridge_a_problem_is_in_a_family_off_all_ties(n, width, off):
    model = de.Linear() if width is None else de.RandomProjection(width)
    mix = problem(n=(n - 1, 1), ridge=0.0, model=model)
    assert families_of._off_ties(mix) is off
    assert families_of._eligible(mix) is off
    assert not families_of._off_ties(dataclasses.replace(mix, ridge=1e-3))


@pytest.mark.parametrize(
    ("factor", "moderate"), [(0.9e60, True), (1.1e60, False), (1.1e-60, True), (0.9e-60, False)]
)
def test_third_powers_of_the_eigenvalues_of_a_family_are_far_inside_the_range(factor, moderate):
    assert families_of._moderate(problem(spectrum=(factor, factor))) is moderate
    extreme = problem(ridge=factor)
    assert families_of._eligible(extreme) is moderate


def weighted(values, multiplicities):
    source = de.Source(9, de.Spectrum(np.array(values), np.array(multiplicities)))
    return de.Problem(signal=1.0, sources=[source], ridge=0.1)


@pytest.mark.parametrize(
    ("values", "multiplicities", "related"),
    [([2.0, 1.0], [3.0, 2.0], True), ([2.0, 1.0], [2.0, 3.0], False), ([2.0, 1.5], [3.0, 2.0], False)],
)
def test_a_family_has_one_spectrum_with_one_set_of_multiplicities(values, multiplicities, related):
    first, other = weighted([2.0, 1.0], [3.0, 2.0]), weighted(values, multiplicities)
    assert families_of._related(first, other) is related
    table = de.sweep(lambda i: (first, other)[i % 2], i=range(16))  # a family has eight, or sixteen
    assert table.error.values[:2] == pytest.approx(
        [de.predict(first).error, de.predict(other).error], rel=1e-12
    )


def test_a_signal_is_simple_if_it_is_a_number_or_as_long_as_the_spectrum():
    assert families_of._simple(None, 3) and families_of._simple(0.5, 3)
    assert families_of._simple(np.ones(3), 3) and not families_of._simple(np.ones(4), 3)
    assert not families_of._simple(np.eye(3), 3)
    assert not families_of._simple(de.Fixed([1.0, 2.0, 3.0]), 3)


def test_eigenvalues_that_are_zero_keep_no_problem_out_of_a_family():
    assert families_of._moderate(problem(spectrum=(2.0, 1.0, 0.0)))


def test_a_family_has_whole_multiplicities():
    halves = de.Spectrum(np.array([2.0, 1.0]), np.array([1.5, 2.0]))
    source = de.Source(9, halves, noise_variance=1.0)
    mix = de.Problem(signal=1.0, sources=[source], ridge=0.1)
    assert families_of._eligible(mix) and not families_of._moderate(mix)


# conditioning: what the rounding of matrices costs


def test_eigenvalues_that_were_given_cost_nothing_and_an_eigenbasis_costs_what_it_rounds():
    plain = problem()
    found = solving.solve_problem(plain, None)
    assert matrix_error(plain, found) == 0.0
    Q, values = rotation(3, 1), np.array([2.0, 1.0, 0.5])
    turned = problem(spectrum=(Q * values) @ Q.T)
    found = solving.solve_problem(turned, None)
    y = np.sort(found.equations.loads(found.root.shares)[0])
    wanted = 3 * 2.0**-52 * y[-1] / (found.root.η + y[0])  # d·eps of the largest over the least
    error = conditioning._error_of_green(turned.frame, found.equations, found.root)
    assert isinstance(found.equations.algebra, DiagonalAlgebra)
    assert error == pytest.approx(wanted, rel=1e-9, abs=0)
    assert matrix_error(turned, found) >= error


def matrix_error(problem, found):
    return conditioning.matrix_error(problem.frame, found.scaled, found.equations, found.root)


def test_the_norm_of_a_matrix_is_its_largest_sum_over_a_column():
    assert conditioning._norm(np.array([[1.0, -2.0], [3.0, -4.0]])) == 6.0
