"""The equations over the rationals, where nothing is rounded: one function, any arithmetic.

Any positive f and κ are the solution of *some* problem: its loss weights are what (F) then asks
for, a_k = κ/(1/f_k − tr(Σ_kP)/n). So the equations and the errors, in the variables that suit a
computer, are held against the letters of the theory exactly, for every model and any covariances.
"""

import dataclasses
from fractions import Fraction
from functools import cache, cached_property

import numpy as np
import pytest

from detequiv.numerics.solver.path_following import solve
from detequiv.theory.coordinates.truths import FixedTruth, JointTruth, RandomTruth
from detequiv.theory.equations.error_terms import contributions
from detequiv.theory.equations.master_equations import Equations
from detequiv.theory.equations.matrix_algebra import DenseAlgebra, DiagonalAlgebra
from detequiv.theory.equations.mixture import Mixture
from detequiv.theory.equations.response import Response
from detequiv.theory.models.width_closures import GaussianClosure, LinearClosure, OrthogonalClosure


def rationals(values):
    return np.vectorize(Fraction, otypes=[object])(values)


# The isotropic point κ = 1 at φ = 1/2 and λ = 3/4

ONE, NONE = rationals([1]), rationals([0])
HUNDRED = DiagonalAlgebra(rationals([100]))


def isotropic_equations(λ):
    """200 samples in 100 equal dimensions, as one coordinate of multiplicity 100."""
    linear = LinearClosure(200 * λ)
    return Equations(rationals([200]), ONE, np.array([ONE]), NONE, HUNDRED, linear)


def isotropic_response(shift=None):
    """At κ = 1, λ = 3/4."""
    signal = RandomTruth(rationals([Fraction(1, 100)]), Fraction(1), ONE, NONE)
    shifts = () if shift is None else (RandomTruth(shift, Fraction(0), NONE, ONE),)
    mixture = Mixture(
        counts=rationals([200]),
        weights=ONE,
        noise=ONE,
        group=np.array([0]),
        covariances=np.array([ONE]),
        covariance_of=np.array([0, 0]),
        slopes=ONE,
        tails=NONE,
        truths=(signal, *shifts),
        algebra=HUNDRED,
    )
    return Response.of(mixture, ONE, Fraction(1), Fraction(200), LinearClosure(Fraction(150)))


def test_the_isotropic_point_solves_the_equations_exactly():
    """κ = 1, φ = 1/2, λ = 3/4: λ = κ(1 − φ/(1 + κ))."""
    here = isotropic_equations(Fraction(3, 4)).linearised(ONE, Fraction(1))
    assert here.residual.tolist() == [0, 0, 0, 0]


def test_another_ridge_does_not_solve_them():
    here = isotropic_equations(Fraction(4, 5)).linearised(ONE, Fraction(1))
    assert any(here.residual.tolist())


def test_bias_and_variance_at_the_isotropic_point_are_exact():
    """2/7 of the signal's trace and 1/7 of the noise."""
    response = isotropic_response()
    terms = contributions(response).terms()
    assert terms.bias[-1] == Fraction(2, 7)
    assert terms.variance[-1] == Fraction(1, 7)
    assert terms.collapse[-1] == 0
    assert terms.error[-1] == Fraction(3, 7)
    assert (response.df1, response.df2, response.degrees_left) == (50, 25, (175, None))
    assert response.shrinkage().tolist() == [Fraction(3, 4)]


def test_collapse_at_the_isotropic_point_is_exact():
    """p_2 = 1, c² = 1: ζ = [1 + κ²u]/(1 + κ)² = 2/7 with u = 1/7."""
    shift = rationals([Fraction(1, 100)])
    terms = contributions(isotropic_response(shift)).terms()
    assert terms.collapse[-1] == Fraction(2, 7)


# Any point: two sources and a target in three dimensions

N = rationals([5, 4])
SAMPLES = Fraction(9)
D, WIDTH, S2 = 3, {"linear": None, "orthogonal": 2, "random": 4, "features": 4}, Fraction(1, 2)
F, KAPPA = rationals([Fraction(3, 2), Fraction(1, 4)]), Fraction(7, 3)
NOISE = rationals([Fraction(1, 3), 2])
ROTATED = rationals([[[2, 1, 0], [1, 2, 0], [0, 0, 1]], [[1, 0, 0], [0, 3, -1], [0, -1, 1]]])
TARGET = rationals([[1, 0, 1], [0, 1, 0], [1, 0, 2]])
DIAGONAL = rationals([[2, 1, 1], [1, 3, 0], [0, 1, 2]])
COVARIANCES = {"dense": [*ROTATED, TARGET], "diagonal": [np.diag(row) for row in DIAGONAL]}


def product(rows):
    """AAᵀ, a second moment."""
    A = rationals(rows)
    return A @ A.T


Γ, Δ = product([[1, 0, 0], [1, 1, 0], [0, 2, 1]]), product([[1, 1, 0], [0, 1, 0], [0, 0, 2]])
JOINT = product(np.arange(81).reshape(9, 9) % 7 - 3).reshape(3, 3, 3, 3).swapaxes(1, 2)
VECTORS = rationals([[1, -1], [2, 0], [-1, 1]])
SHIFTS = rationals([[[0, 1], [1, 1], [3, -2]], [[1, 2], [-1, 0], [0, 1]]])
GAINS = rationals([1, Fraction(-1, 2)])
TRUTHS = {
    "a signal": (RandomTruth(Γ, Fraction(1), rationals([1, 1]), rationals([0, 0])),),
    "signal and shifts": (
        RandomTruth(Γ, Fraction(1), GAINS, rationals([0, 0])),
        RandomTruth(Δ, Fraction(0), rationals([0, 0]), rationals([0, 1])),
        RandomTruth(Fraction(1, 5), Fraction(0), rationals([0, 0]), rationals([1, 0])),
    ),
    "fixed truths": (FixedTruth(VECTORS, GAINS, (SHIFTS[0], SHIFTS[1])),),
    "a fixed shift of one source": (
        FixedTruth(VECTORS, rationals([1, 1]), (None, SHIFTS[1])),
        RandomTruth(Δ, Fraction(0), rationals([0, 0]), rationals([1, 0])),
    ),
    "joint moments": (JointTruth(tuple(tuple(row) for row in JOINT)),),
}


def second_moments(parts):
    """W_jk = E[w_j w_kᵀ], the target last, by their definitions."""
    W = np.full((3, 3, D, D), Fraction(0))
    for part in parts:
        if isinstance(part, JointTruth):
            W = W + np.array(part.blocks)
        elif isinstance(part, RandomTruth):
            amounts = [*(part.gains * part.target + part.added), part.target]
            moment = part.moment * rationals(np.eye(D)) if np.ndim(part.moment) == 0 else part.moment
            W = W + np.multiply.outer(np.multiply.outer(amounts, amounts), moment)
        else:
            added = [0 * part.target if δ is None else δ for δ in part.added]
            w = [g * part.target + δ for g, δ in zip(part.gains, added, strict=True)]
            w.append(part.target)
            W = W + np.array([[a @ b.T for b in w] for a in w])
    return W


def in_coordinates(parts, dense):
    """The parts as the algebra takes them: moments as their diagonals in the diagonal one."""
    if dense:
        return parts
    return tuple(
        JointTruth(tuple(tuple(np.diagonal(b) for b in row) for row in part.blocks))
        if isinstance(part, JointTruth)
        else dataclasses.replace(part, moment=np.diagonal(part.moment))
        if isinstance(part, RandomTruth) and np.ndim(part.moment)
        else part
        for part in parts
    )


@dataclasses.dataclass(frozen=True)
class Letters:
    """The point in the letters of the theory, and everything that follows from it by inverses.

    Slopes μ and residuals μ*² are those of random features, 1 and 0 for other models.
    """

    model: str
    Σ: list
    μ: np.ndarray
    residual: np.ndarray

    @cached_property
    def α(self):
        return N / SAMPLES

    @cached_property
    def P(self):
        μ2Σ = [m**2 * Σ for m, Σ in zip(self.μ, self.Σ, strict=True)]
        return inverse(rationals(np.eye(D)) + sum(x * S for x, S in zip(self.α * F, μ2Σ[:2], strict=True)))

    @cached_property
    def df1(self):
        return D - np.trace(self.P)

    @cached_property
    def df2(self):
        return np.trace(self.P @ self.P) - D + 2 * self.df1

    @cached_property
    def ν(self):
        return (self.α * F * self.residual[:2]).sum() / S2

    @cached_property
    def weights(self):
        demand = [
            (m**2 * np.trace(Σ @ self.P) + r / S2) / SAMPLES
            for m, r, Σ in zip(self.μ, self.residual, self.Σ, strict=True)
        ]
        return KAPPA / (1 / F - np.array(demand[:2]))

    @cached_property
    def ridge(self):
        m = WIDTH[self.model]
        if self.model == "linear":
            return KAPPA
        if self.model == "orthogonal":
            return KAPPA * (m - self.df1) / (D - self.df1)
        return S2 * KAPPA * (m - self.df1 - self.ν)

    def c(self, k):
        """c(Σ_k), with the residual of the activation."""
        if self.model == "linear":
            return Fraction(0)
        P, m = self.P, WIDTH[self.model]
        trace = self.μ[k] ** 2 * np.trace(P @ self.Σ[k] @ P)
        if self.model == "orthogonal":
            return (D - m) * trace / (np.trace(P) ** 2 - (D - m) * np.trace(P @ P))
        return (trace + self.residual[k] / S2) / (m - self.df2)

    def T(self, k, j):
        """T_kj = tr μ_j²Σ_j Q(Σ_k) + μ*_j² c_k/s²."""
        P = self.P
        Q = self.μ[k] ** 2 * P @ self.Σ[k] @ P + self.c(k) * P @ P
        return self.μ[j] ** 2 * np.trace(self.Σ[j] @ Q) + self.residual[j] * self.c(k) / S2

    def b(self, k, W):
        """E r_kᵀΣ_kr_k + c_k E|Ph|², r_k = w_k − μ_kPh, h = Σ α_jf_jμ_jΣ_jw_j."""
        P, eye = self.P, rationals(np.eye(D))
        strength = [*(self.α * F * self.μ[:2]), Fraction(0)]
        H = [x * P @ Σ for x, Σ in zip(strength, self.Σ, strict=True)]
        r = [(eye if j == k else 0 * eye) - self.μ[k] * h for j, h in enumerate(H)]
        pairs = [(i, j) for i in range(3) for j in range(3)]
        here = sum(np.trace(r[i].T @ self.Σ[k] @ r[j] @ W[j, i]) for i, j in pairs)
        return here + self.c(k) * sum(np.trace(H[i].T @ H[j] @ W[j, i]) for i, j in pairs)

    def errors(self, W, noise):
        """(E_1, E_2, E_t): R_k = σ_k² + b_k + (1/n) Σ_j α_jf_j²T_kjR_j."""
        b = np.array([self.b(k, W) if W.any() else Fraction(0) for k in range(3)])
        R = inverse(rationals(np.eye(2)) - self.carried[:2]) @ (noise + b[:2])
        return b + self.carried @ R

    @cached_property
    def carried(self):
        """(3, 2) α_jf_j²T_kj/n."""
        reach = self.α * F**2 / SAMPLES
        return np.array([[x * self.T(k, j) for j, x in enumerate(reach)] for k in range(3)])


def inverse(A):
    """By the elimination of Gauss and Jordan, over the rationals."""
    size = len(A)
    rows = np.column_stack([A, rationals(np.eye(size))])
    for k in range(size):
        pivot = next(i for i in range(k, size) if rows[i, k])
        rows[[k, pivot]] = rows[[pivot, k]]
        rows[k] = rows[k] / rows[k, k]
        for i in range(size):
            if i != k:
                rows[i] = rows[i] - rows[i, k] * rows[k]
    return rows[:, size:]


@cache
def letters(model, geometry):
    features = model == "features"
    μ = rationals([2, 1, Fraction(1, 2)]) if features else rationals([1, 1, 1])
    residual = rationals([Fraction(1, 9), Fraction(1, 2), Fraction(1, 3)]) * int(features)
    return Letters(model, COVARIANCES[geometry], μ, residual)


def known(closure, z):
    """The closure with its slack known: the square root of a rational is none in general."""

    @dataclasses.dataclass(frozen=True)
    class Known(type(closure)):
        def excess(self, η, samples):
            return z, -z

    fields = {f.name: getattr(closure, f.name) for f in dataclasses.fields(closure)}
    return Known(**fields)


def closure_of(here, η):
    penalty = SAMPLES * here.ridge
    base = here.df1 + here.ν
    if here.model == "linear":
        return LinearClosure(penalty)
    m = Fraction(WIDTH[here.model])
    z = min(SAMPLES, m) - base
    if here.model == "orthogonal":
        return known(OrthogonalClosure(m, penalty, D - m), z)
    return known(GaussianClosure(m, penalty / S2), z)


def point_of(here, parts=()):
    """Shares, scale, equations and mixture at the point."""
    dense = here.Σ[0][0, 1] != 0
    strength = here.α * F / here.weights
    η = 1 / strength.sum()
    stack = np.array([Σ if dense else np.diagonal(Σ) for Σ in here.Σ])
    algebra = DenseAlgebra(D) if dense else DiagonalAlgebra(rationals([1] * D))
    μ2 = here.μ.reshape(3, *(1,) * (stack.ndim - 1)) ** 2
    tails = here.residual / S2
    closure = closure_of(here, η)
    equations = Equations(N, here.weights, (μ2 * stack)[:2], tails[:2], algebra, closure)
    mixture = Mixture(
        counts=N,
        weights=here.weights,
        noise=NOISE,
        group=np.array([0, 1]),
        covariances=stack,
        covariance_of=np.array([0, 1, 2]),
        slopes=here.μ,
        tails=tails,
        truths=in_coordinates(parts, dense),
        algebra=algebra,
    )
    return strength * η, η, equations, mixture


every = [pytest.mark.parametrize("model", WIDTH), pytest.mark.parametrize("geometry", COVARIANCES)]


def every_point(test):
    for mark in every:
        test = mark(test)
    return test


@every_point
def test_the_point_is_one_of_a_real_problem(model, geometry):
    here = letters(model, geometry)
    assert (here.weights > 0).all() and here.ridge > 0


@every_point
def test_the_equations_are_those_of_the_theory(model, geometry):
    """(F) and (κ), with nothing left over."""
    here = letters(model, geometry)
    β, η, equations, _ = point_of(here)
    assert equations.linearised(β, η).residual.tolist() == [0] * 6
    assert equations.closure.scale_at_excess(*_slack(equations, η)) == η


def _slack(equations, η):
    z = equations.closure.excess(η, SAMPLES)[0]
    return z, SAMPLES


@every_point
def test_the_derived_numbers_are_those_of_the_theory(model, geometry):
    here = letters(model, geometry)
    β, η, equations, mixture = point_of(here, TRUTHS["a signal"])
    response = Response.of(mixture, β, η, SAMPLES, equations.closure)
    assert (response.df1, response.df2) == (here.df1, here.df2)
    assert response.samples_left == SAMPLES - here.df1 - here.ν
    assert response.samples_left * η / SAMPLES == KAPPA
    assert response.shrinkage().tolist() == (KAPPA * F / here.weights).tolist()
    assert (SAMPLES * here.weights / (response.inverse_f() * η)).tolist() == F.tolist()
    if model != "linear":
        assert response.width_left == WIDTH[model] - here.df1 - here.ν
    assert response.degrees_left == degrees_left(here)


def degrees_left(here):
    """To samples and to features, as ``FixedPoint`` states them, with ν included in df1."""
    n, m, df1, df2 = SAMPLES, WIDTH[here.model], here.df1 + here.ν, here.df2
    if here.model == "linear":
        return n - df2, None
    if here.model == "orthogonal":
        bound = (D - df1) * (m - df1)
        φ, narrower = bound / (bound + (D - m) * (df1 - df2)), Fraction(D, D - m)
    else:
        φ, narrower = (m - df1) / (m - df2), 1
    return n - df1 + φ * (df1 - df2), narrower * (m - df1 + (df1 - df2) * (n - df1) / (n - df2))


def test_residuals_of_what_is_not_fitted_are_not_shrunk():
    """Seven more samples of weight 0 at the isotropic point: their labels are as new as fresh ones."""
    mixture = dataclasses.replace(
        isotropic_response().mixture,
        counts=rationals([200, 7]),
        weights=rationals([1, 0]),
        noise=rationals([1, 1]),
        group=np.array([0, -1]),
        covariance_of=np.array([0, 0, 0]),
        truths=(
            RandomTruth(rationals([Fraction(1, 100)]), Fraction(1), rationals([1, 1]), rationals([0, 0])),
        ),
    )
    response = Response.of(mixture, ONE, Fraction(1), Fraction(200), LinearClosure(Fraction(150)))
    assert response.shrinkage().tolist() == [Fraction(3, 4), 1]


@pytest.mark.slow(keep=10)
@every_point
@pytest.mark.parametrize("truth", TRUTHS)
def test_the_errors_are_those_of_the_theory(model, geometry, truth):
    """E_t and E_k, all terms: bias of one truth without noise, variance of the noise alone."""
    here, parts = letters(model, geometry), TRUTHS[truth]
    β, η, equations, mixture = point_of(here, parts)
    terms = contributions(Response.of(mixture, β, η, SAMPLES, equations.closure)).terms()
    W = second_moments(parts)
    if geometry == "diagonal":
        W = W * rationals(np.eye(D))
    alike = np.broadcast_to(W[2, 2], W.shape)
    silent = 0 * NOISE
    error, bias = here.errors(W, NOISE), here.errors(alike, silent)
    variance = here.errors(0 * W, NOISE)
    assert terms.error.tolist() == error.tolist()
    assert terms.bias.tolist() == bias.tolist()
    assert terms.variance.tolist() == variance.tolist()
    assert terms.collapse.tolist() == (error - bias - variance).tolist()
    assert mixture.null_error() == np.trace(here.Σ[2] @ W[2, 2])


@every_point
def test_every_noise_and_every_part_of_the_truths_contributes_what_it_does_alone(model, geometry):
    here, parts = letters(model, geometry), TRUTHS["signal and shifts"]

    def contributed(parts, noise):
        β, η, equations, mixture = point_of(here, parts)
        mixture = dataclasses.replace(mixture, noise=noise)
        return contributions(Response.of(mixture, β, η, SAMPLES, equations.closure))

    together = contributed(parts, NOISE)
    assert [len(together.variance), len(together.collapse)] == [2, 3]
    for k, part in enumerate(parts):
        alone = contributed((part,), 0 * NOISE)
        assert together.collapse[k].tolist() == alone.collapse[0].tolist()
        assert together.labels[k].tolist() == alone.terms().error.tolist()
    for k, unit in enumerate(rationals(np.eye(2))):
        alone = contributed(parts[:1], unit * NOISE)
        assert together.variance[k].tolist() == alone.terms().variance.tolist()


# Derivatives, in double precision

RNG = np.random.default_rng(0)
DOUBLES = {
    "diagonal": (RNG.exponential(size=(2, 5)), DiagonalAlgebra(np.array([1.0, 1.0, 2.0, 1.0, 3.0]))),
    "dense": ([a @ a.T / 5 for a in RNG.normal(size=(2, 5, 5))], DenseAlgebra(5)),
}
CLOSURES = {
    "linear": lambda m: LinearClosure(0.3),
    "random": lambda m: GaussianClosure(m, 0.3),
    "orthogonal": lambda m: OrthogonalClosure(m, 0.3, 60.0 - m),
}
POINTS = [("linear", 0.0), *((name, m) for name in ("random", "orthogonal") for m in (6.0, 40.0))]


@pytest.mark.parametrize("geometry", DOUBLES)
@pytest.mark.parametrize(("name", "width"), POINTS)
@pytest.mark.parametrize("tails", [0.0, 0.2], ids=["", "tails"])
def test_the_derivatives_are_those_of_the_residuals(geometry, name, width, tails):
    """Central differences of 1e−6 in (log β, log η): right to 1e−12 of curvature, 1e−10 of eps.

    At the root, where the scales that residuals are relative to do not matter."""
    covariances, algebra = DOUBLES[geometry]
    equations = Equations(
        counts=np.array([7.0, 4.0]),
        weights=np.array([1.0, 0.5]),
        covariances=np.array(covariances),
        tails=np.array([tails, 2 * tails]),
        algebra=algebra,
        closure=CLOSURES[name](width),
    )
    root = solve(equations)
    x = np.log([*root.shares, root.η])

    def linearised(x):
        return equations.linearised(np.exp(x[:2]), np.exp(x[2]))

    jacobian = linearised(x).jacobian
    assert jacobian.shape == (6, 3)
    for i in range(3):
        step = np.eye(3)[i] * 1e-6
        up, down = (linearised(x + s).residual for s in (step, -step))
        np.testing.assert_allclose(jacobian[:, i], (up - down) / 2e-6, atol=1e-9)


@pytest.mark.parametrize(("name", "width"), [*POINTS, ("random", 3.0), ("random", 7.0)])
def test_slack_and_scale_are_inverse_to_each_other(name, width):
    closure = CLOSURES[name](width)
    for η in (1e-9, 1e-3, 1.0, 1e3):
        z, _ = closure.excess(η, 7.0)
        assert closure.scale_at_excess(z, 7.0) == pytest.approx(η, rel=1e-14)


@pytest.mark.parametrize(("name", "width"), [*POINTS, ("random", 7.0), ("orthogonal", 7.0)])
def test_the_derivative_of_the_slack_is_that_of_differences(name, width):
    closure = CLOSURES[name](width)
    for η in (1e-6, 1e-3, 1.0, 1e3):
        _, dz = closure.excess(η, 7.0)
        up, down = (closure.excess(η * np.exp(h), 7.0)[0] for h in (1e-6, -1e-6))
        assert dz == pytest.approx((up - down) / 2e-6, rel=1e-8)


@pytest.mark.parametrize("width", [3.0, 7.0, 50.0])
def test_samples_and_width_left_satisfy_the_width_equation(width):
    """(n − df1)(m − df1) = p/η; for an orthogonal projection = (p/η)(d − df1)."""
    for name, η in (("random", 1e-3), ("orthogonal", 1e-3), ("orthogonal", 1.0)):
        closure = CLOSURES[name](width)
        left, spare = closure.counts_left(closure.excess(η, 7.0)[0], 7.0)
        rest = 60.0 - (7.0 - left) if name == "orthogonal" else 1.0
        assert left * spare == pytest.approx(0.3 / η * rest, rel=1e-13)
        assert left - spare == pytest.approx(7.0 - width, abs=1e-12)


def test_an_orthogonal_projection_to_all_dimensions_is_linear():
    """m = d: t = p/η, as in the linear model, where m exceeds the samples."""
    for η in (1e-6, 1e-2, 1.0, 1e3):
        t, _ = LinearClosure(0.3).excess(η, 7.0)
        closure = OrthogonalClosure(60.0, 0.3, 0.0)  # d − m = 0
        assert closure.counts_left(closure.excess(η, 7.0)[0], 7.0)[0] == pytest.approx(t, rel=1e-13)
