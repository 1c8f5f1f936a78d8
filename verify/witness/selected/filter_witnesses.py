"""Labels near a verifier: the factor γ, the plateau, and what a limited number of samples adds."""

import dataclasses
import math
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ....theory.base.arrays import Array
from ....theory.selection import labels, rules
from ....theory.selection.label_laws import LabelLaw
from ....theory.selection.selection_rules import Rule
from ....theory.statements.selection.filtered_least_squares import (
    BestAcceptance,
    best_acceptance,
    exact_verifier_acceptance,
    filtered_error,
    fitted_verifier_error,
)
from ....theory.statements.selection.verifier_filter import (
    acceptance_threshold,
    factor_threshold,
    filter_factor,
)
from ....theory.statements.selection.verifier_plateau import best_filter, filter_plateau, light_filter_helps
from ..run_size import Size
from ..shared_trials import SharedTrials
from ..statement import Group, Number, Statement
from ..witness_problems import predicted_term
from ..witnessed_problem import EQUATIONS, INTEGRALS
from .plain_selections import Kept, PlainSource, least_squares, noisy, selected_samples, square_error, trained
from .selected_problems import INPUTS, direction, eigenvalues, plateau_problem, selected, with_target

if TYPE_CHECKING:
    pass

__all__ = ["groups"]

NOISE, GENERATOR, VERIFIER = 0.25, 0.5, 0.05
"""σ², ‖e_g‖_S² and ‖e_v‖_S², unless said."""

PLATEAU_DIMENSION, PLATEAU_DRAWS = 5, 20000
"""Of simulated plateaus: what the finite number adds is below 0.4 % of them."""

THRESHOLD = 0.5

ROUNDING = 1e-10
"""Half-width of what counts as agreement where the two are equal in every trial."""


def groups(size: Size) -> Iterator[Group]:
    """One group for γ and plateaus, one for limited numbers of samples."""
    yield Group(
        "A verifier's filter with unlimited samples",
        f"Linear labels of noise σ² = {NOISE:g} unless said, kept within t of a verifier, then least "
        f"squares. {INPUTS} Errors of generator and verifier are orthogonal, ‖e_g‖² = {GENERATOR:g} and "
        f"‖e_v‖² = {VERIFIER:g}, unless said. For plateaus *equations* is solved at N = 10¹⁶; simulation "
        "is at the N of the table, where theory is closer than 0.5 % to the plateau. *integrals* is the "
        "moments of kept samples, found numerically. The best filter is also looked for numerically in "
        "*equations*. The gain of a light filter, t = 2τ, is stated by the margin of the criterion.",
        (*_factors(size), *_plateaus(size), *_light_filters(size)),
    )
    yield Group(
        "A verifier's filter with a limited number of samples",
        "As above, with the term of the one direction in which kept inputs vary less; at thresholds that "
        "keep n of N on average. After the term of n: n is binomial, which adds (1 − p)n/(n − d)² to the "
        "variance and is no part of the equations. The best n is found on the closed form, in *equations* "
        "among all integers; simulation is of the mean number that is kept there. The leading order of "
        "the least error with an exact verifier, (2π/3)τ²(d/N)², is stated times 1 + 4/d: half of 4/d is "
        "the term of the direction, τ²/σ² − 1 = 2, and half that of n.",
        (*_limited(size), *_best(size), *_fitted_verifier(size)),
    )


@dataclasses.dataclass(frozen=True)
class _Filter:
    """w_t + e_g labels, w_t + e_v selects within t (None: nothing is selected), in d dimensions."""

    generator: Array
    verifier: Array
    threshold: float | None
    noise: float = NOISE
    draws: int = PLATEAU_DRAWS
    rule: Rule | None = None
    plain_rule: Callable[[Array], Kept] | None = None

    @property
    def d(self) -> int:
        """The dimension."""
        return len(self.generator)

    @property
    def law(self) -> LabelLaw:
        """The labels."""
        return labels.linear(self.generator, self.noise)

    @property
    def keep(self) -> Rule | None:
        """The rule."""
        return self.rule if self.threshold is None else rules.near(self.verifier, self.threshold)

    @cached_property
    def plain(self) -> PlainSource:
        """The same for the simulator."""
        w_v, t, plain_rule = self.verifier, self.threshold, self.plain_rule

        def keep(X: Array, y: Array) -> Kept:
            if t is None:
                return np.ones(len(y), dtype=bool) if plain_rule is None else plain_rule(X)
            return np.asarray(np.abs(y - X @ w_v) < t)

        return PlainSource(self.draws, np.sqrt(eigenvalues(self.d)), noisy(self.generator, self.noise), keep)

    @cached_property
    def trials(self) -> SharedTrials:
        """The test error, and the number that is kept."""
        return SharedTrials(self._trial)

    def _trial(self, rng: np.random.Generator) -> Array:
        X, y = selected_samples(rng, self.plain)
        w = least_squares(X, y)
        return np.array([square_error(w, direction(self.d, 1), eigenvalues(self.d)), len(y)])

    def unlimited(self) -> float:
        """The plateau by the equations."""
        return predicted_term(plateau_problem(self.d, self.law, self.keep))

    def predicted(self) -> float:
        """The error by the equations."""
        source = selected(self.d, self.draws, self.law, self.keep)
        return predicted_term(with_target(self.d, [source], 0.0))


def _vectors(d: int, generator: float = GENERATOR, verifier: float = VERIFIER) -> tuple[Array, Array]:
    """Generator and verifier with these errors, orthogonal to each other."""
    return direction(d, 1, math.sqrt(generator)), direction(d, 1, 0, math.sqrt(verifier))


# γ


def _factors(size: Size) -> Iterator[Statement]:
    """Two dimensions: δ and one across."""
    D, t, kept, γ = 0.5, THRESHOLD, 0.3, 0.3
    t_kept = acceptance_threshold(kept, distance=D, noise_variance=NOISE)
    t_factor = factor_threshold(γ, distance=D, noise_variance=NOISE)
    found = partial(filter_factor, t, distance=D, noise_variance=NOISE)
    trials = SharedTrials(partial(_factor_trial, D, t))
    names = (("p", "kept"), ("γ", "gamma"), ("γσ²", "noise_variance"), ("δᵀSC⁻¹Sδ/D", "inflation"))
    parameters = f"D = {D:g}, σ² = {NOISE:g}"
    for i, (name, field) in enumerate(names):
        yield Statement(
            name,
            "filter factor",
            f"{parameters}, t = {t:g}",
            partial(lambda field: float(getattr(found(), field)), field),
            trials.entry(i),
            witnesses={INTEGRALS: partial(_integrated, D, t, i)},
        )
    if not size.full:
        return
    for name, value, threshold, i in (("p", kept, t_kept, 0), ("γ", γ, t_factor, 1)):
        yield Statement(
            f"{name} at the threshold for it",
            "filter factor",
            f"{parameters}, t = {threshold:.6g}",
            partial(float, value),
            SharedTrials(partial(_factor_trial, D, threshold)).entry(i),
            witnesses={INTEGRALS: partial(_integrated, D, threshold, i)},
        )


def _factor_vectors(D: float) -> tuple[Array, Array, Array]:
    """Inputs of variance 1 and 2, verifier and generator."""
    S = np.array([1.0, 2.0])
    w_v = np.array([0.4, -0.3])
    return S, w_v, w_v + np.array([math.sqrt(D), 0.0])


def _factor_trial(D: float, t: float, rng: np.random.Generator) -> Array:
    """Share, slope along δ, residual variance and inflation, of 20000 samples."""
    S, w_v, w_g = _factor_vectors(D)
    draws = PLATEAU_DRAWS
    source = PlainSource(draws, np.sqrt(S), noisy(w_g, NOISE), lambda X, y: np.abs(y - X @ w_v) < t)
    X, y = selected_samples(rng, source)
    C, δ = X.T @ X / len(y), w_g - w_v
    w = np.linalg.solve(C, X.T @ y / len(y))
    γ = (w - w_v) @ (S * δ) / D
    noise = np.mean((y - X @ w) ** 2)
    return np.array([len(y) / draws, γ, noise, (S * δ) @ np.linalg.solve(C, S * δ) / D])


def _integrated(D: float, t: float, i: int) -> float:
    from ....theory import Spectrum
    from ....theory.selection.selection import Selection

    S, w_v, w_g = _factor_vectors(D)
    selection = Selection(draws=1, inputs=Spectrum(S), law=labels.linear(w_g, NOISE), keep=rules.near(w_v, t))
    truth, δ = selection.source.truth, w_g - w_v
    assert truth is not None
    γ = (truth.columns[:, 0] - w_v) @ (S * δ) / D
    C: Any = selection.source.covariance
    inflation = (S * δ) @ np.linalg.solve(C.matrix, S * δ) / D
    return float((selection.kept, γ, selection.noise_variance, inflation)[i])


# Plateaus


def _plateau(name: str, filter_: _Filter, number: Number, parameters: str, **fields: Any) -> Statement:
    witnesses = {EQUATIONS: filter_.unlimited, **fields.pop("witnesses", {})}
    return Statement(
        name,
        "plateau",
        f"d = {filter_.d}, N = {filter_.draws}, {parameters}",
        number,
        filter_.trials.entry(0),
        witnesses=witnesses,
        **fields,
    )


def _plateau_of(threshold: float, generator: float, verifier: float) -> float:
    γ = filter_factor(threshold, distance=generator + verifier, noise_variance=NOISE).gamma
    return filter_plateau(γ, generator_error=generator, verifier_error=verifier)


def _plateaus(size: Size) -> Iterator[Statement]:
    d, t = PLATEAU_DIMENSION, THRESHOLD
    w_t = direction(d, 1)
    w_g, w_v = _vectors(d)
    of_generator = partial(filter_plateau, 1.0, generator_error=GENERATOR, verifier_error=VERIFIER)
    exact, wrong = partial(_plateau_of, t, GENERATOR, 0.0), partial(_plateau_of, t, GENERATOR, VERIFIER)
    yield _plateau("E, wrong verifier", _Filter(w_g, w_v, t), wrong, f"t = {t:g}")
    greedy = _Filter(w_g, w_v, t, noise=0.0, draws=1000)
    yield _plateau(
        "E, labels without noise",
        greedy,
        of_generator,
        f"t = {t:g}, σ² = 0: γ = 1",
        tolerance=ROUNDING,
        constant=True,
    )
    if not size.full:
        return
    yield _plateau("E without filter", _Filter(w_g, w_v, None), of_generator, "all kept")
    yield _plateau("E, exact verifier", _Filter(w_g, w_t, t), exact, f"t = {t:g}, e_v = 0")
    pruned = _Filter(
        w_g, w_v, None, rule=rules.margin(w_v, above=1.0), plain_rule=lambda X: np.abs(X @ w_v) > 1
    )
    yield _plateau("E, pruned by inputs alone", pruned, of_generator, "xᵀw_v beyond ±1 kept")
    yield _best_filter(w_g, w_v)


def _best_filter(w_g: Array, w_v: Array) -> Statement:
    best = best_filter(generator_error=GENERATOR, verifier_error=VERIFIER, noise_variance=NOISE)
    filter_ = _Filter(w_g, w_v, best.threshold)
    statement = _plateau(
        "least E, below ‖e_v‖²", filter_, lambda: best.plateau, f"t = {best.threshold:.6g}, best filter"
    )
    return dataclasses.replace(statement, witnesses={EQUATIONS: partial(_least_plateau, filter_)})


def _least_plateau(near: _Filter) -> float:
    """The least plateau over the threshold, found from half to twice the best one."""
    from scipy.optimize import minimize_scalar

    assert near.threshold is not None
    middle = math.log(near.threshold)
    return float(
        minimize_scalar(
            lambda x: dataclasses.replace(near, threshold=math.exp(x)).unlimited(),
            bounds=(middle - math.log(2), middle + math.log(2)),
            method="bounded",
            options={"xatol": 1e-7},
        ).fun
    )


def _light_filters(size: Size) -> Iterator[Statement]:
    """The share by which a light filter lowers the plateau, by its margin; a rise is negative."""
    d, G = PLATEAU_DIMENSION, GENERATOR
    w_g = direction(d, 1, math.sqrt(G))
    verifiers = (("orthogonal errors", 0.0, math.sqrt(VERIFIER)), ("e_v = 2 e_g", 2.0, 0.0))
    for text, along, across in verifiers if size.full else verifiers[:1]:
        X = along * G
        w_v = direction(d, 1, along * math.sqrt(G), across)
        D = (1 - along) ** 2 * G + across**2
        t = 2 * math.sqrt(D + NOISE)
        helps = light_filter_helps(generator_error=G, error_product=X)
        light, none = _Filter(w_g, w_v, t), _Filter(w_g, w_v, None)

        def gain(margin: float = helps.margin, D: float = D, t: float = t) -> float:
            γ = filter_factor(t, distance=D, noise_variance=NOISE).gamma
            return ((1 - γ) * 2 * margin - (1 - γ) ** 2 * D) / G

        yield Statement(
            f"gain of a light filter, {'which helps' if helps else 'which does harm'}",
            "plateau",
            f"d = {d}, N = {PLATEAU_DRAWS}, t = 2τ, {text}",
            gain,
            partial(_simulated_gain, light, G),
            witnesses={EQUATIONS: partial(_predicted_gain, light, none)},
        )


def _simulated_gain(light: _Filter, G: float, rng: np.random.Generator) -> float:
    """(E − E light)/‖e_g‖², of all samples and of those that are kept."""
    X, y = selected_samples(rng, dataclasses.replace(light, threshold=None).plain)
    assert light.plain.keep is not None
    kept = np.ones(len(y), dtype=bool), light.plain.keep(X, y)
    errors = []
    for rows in kept:
        w = least_squares(X[rows], y[rows])
        errors.append(square_error(w, direction(light.d, 1), eigenvalues(light.d)))
    return (errors[0] - errors[1]) / G


def _predicted_gain(light: _Filter, none: _Filter) -> float:
    return (none.unlimited() - light.unlimited()) / none.unlimited()


# Limited numbers


def _limited_filter(d: int, draws: int, n: int, verifier: float) -> tuple[_Filter, Number]:
    """A filter that keeps n of N on average, and the closed form of its error."""
    D = GENERATOR + verifier
    t = acceptance_threshold(n / draws, distance=D, noise_variance=NOISE)
    number = partial(
        filtered_error,
        t,
        aspect_ratio=d / draws,
        noise_variance=NOISE,
        generator_error=GENERATOR,
        verifier_error=verifier,
        dimension=d,
    )
    return _Filter(*_vectors(d, GENERATOR, verifier), t, draws=draws), number


def _limited(size: Size) -> Iterator[Statement]:
    d, draws = size(40), size(1600)
    yield _limited_statement("E, wrong verifier", d, draws, 10 * d, VERIFIER)
    if not size.full:
        return
    d, draws = size(80), size(3200)
    yield _limited_statement("E, exact verifier", d, draws, 10 * d, 0.0)
    n = 4 * d
    statement = _limited_statement("E at n = 4d, after the term of n", d, draws, n, 0.0)
    after = partial(_after_binomial, statement.theory, d, n, draws)
    yield dataclasses.replace(statement, theory=after, witnesses={})


def _limited_statement(name: str, d: int, draws: int, n: int, verifier: float) -> Statement:
    filter_, number = _limited_filter(d, draws, n, verifier)
    return Statement(
        name,
        "filtered least squares",
        f"d = {d}, n = {n} of {draws}",
        number,
        filter_.trials.entry(0),
        witnesses={EQUATIONS: filter_.predicted},
    )


def _after_binomial(number: Number, d: int, n: int, draws: int) -> float:
    """E is nearly all variance here."""
    return number() * (1 + (1 - n / draws) * n / (n - d) ** 2)


def _best(size: Size) -> Iterator[Statement]:
    if not size.full:
        return
    yield from _best_numbers(size(80), size(3200))
    d, draws = size(120), size(60000)
    filter_ = _Filter(*_vectors(d, GENERATOR, 0.0), _leading(d, draws).threshold, draws=draws)
    yield Statement(
        "least E, leading order, after the terms of 1/d",
        "exact verifier",
        f"d = {d}, N = {draws}, n ≈ 2d",
        lambda: _leading(d, draws).error * (1 + 4 / d),
        partial(_rare_trial, filter_),
    )


def _leading(d: int, draws: int) -> BestAcceptance:
    return exact_verifier_acceptance(aspect_ratio=d / draws, distance=GENERATOR, noise_variance=NOISE)


def _best_numbers(d: int, draws: int) -> Iterator[Statement]:
    best = best_acceptance(
        aspect_ratio=d / draws,
        noise_variance=NOISE,
        generator_error=GENERATOR,
        verifier_error=0.0,
        dimension=d,
    )
    filter_ = _Filter(*_vectors(d, GENERATOR, 0.0), best.threshold, draws=draws)
    yield Statement(
        "best n",
        "exact verifier",
        f"d = {d}, N = {draws}",
        lambda: float(round(best.kept * draws)),
        filter_.trials.entry(1),
        witnesses={EQUATIONS: partial(_best_integer, d, draws)},
    )


def _best_integer(d: int, draws: int) -> float:
    """The n of the least predicted error: a descent in whole steps from 3d."""

    def error(n: int) -> float:
        return _limited_filter(d, draws, n, 0.0)[0].predicted()

    n, step = 3 * d, d // 2
    here = error(n)
    while step:
        for other in (n - step, n + step):
            if (there := error(other)) < here:
                n, here = other, there
                break
        else:
            step //= 2
    return float(n)


def _rare_trial(filter_: _Filter, rng: np.random.Generator) -> float:
    """One fit to the few samples that are kept. Of the others only the score along e_g is drawn."""
    S, w_t = eigenvalues(filter_.d), direction(filter_.d, 1)
    δ, σ = filter_.generator - w_t, math.sqrt(NOISE)
    D = float(δ @ (S * δ))
    score, ε = math.sqrt(D) * rng.normal(size=filter_.draws), σ * rng.normal(size=filter_.draws)
    assert filter_.threshold is not None
    kept = np.abs(score + ε) < filter_.threshold
    X = rng.normal(size=(int(kept.sum()), filter_.d)) * np.sqrt(S)
    X += np.outer((score[kept] - X @ δ) / D, S * δ)
    w = least_squares(X, X @ filter_.generator + ε[kept])
    return square_error(w, w_t, S)


def _fitted_verifier(size: Size) -> Iterator[Statement]:
    if not size.full:
        return
    d, n, noise = 20, 100, 0.4
    S, w_t = eigenvalues(d), direction(d, 1)
    plain = PlainSource(n, np.sqrt(S), noisy(w_t, noise))
    number = partial(fitted_verifier_error, dimension=d, real_count=n, noise_variance=noise, finite_size=True)

    def draw(rng: np.random.Generator) -> float:
        return float(np.mean([square_error(trained(rng, [plain], 0.0)[0], w_t, S) for _ in range(16)]))

    yield Statement(
        "‖e_v‖² of a fitted verifier, any size", "least squares", f"d = {d}, n = {n}", number, draw
    )
