"""Rounds of training on own labels: the joint equations, and closed forms for least squares."""

import dataclasses
from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from typing import Any

from ...theory import Problem, Source, Spectrum, rounds
from ...theory.statements.least_squares_rounds import accumulate_rounds, replace_rounds
from .generator_mixes import NOISES, RIDGES
from .plain_simulators import own_label_rounds
from .run_size import Size
from .shared_trials import SharedTrials
from .statement import Group, Number, Statement
from .witness_problems import unlike_spectra
from .witnessed_problem import ENGINE, EQUATIONS

__all__ = ["groups"]

LAST = 4
"""Rounds that are simulated."""

DERIVED = 2
"""Rounds up to which the engine is asked: its work grows with every round."""


def groups(size: Size) -> Iterator[Group]:
    """One group: with a ridge, then without."""
    yield Group(
        "Rounds of own labels",
        "The first model is fitted to n₁ real samples, and each model labels n₂ samples for the next, "
        "simulated as said. Synthetic samples accumulate (*all*) or are replaced (*latest*), beside the real "
        "samples or without them; their inputs are fresh in each round or the same as those of the real "
        "samples. Eigenvalues j^−0.5 scaled to mean 1, Γ = I/d, noise variances "
        f"{NOISES[0]:g} and {NOISES[1]:g}. With a ridge, theory is the joint equations; without, it is the "
        "closed form, in the last rows in the variant that is exact at any size.",
        (*_with_ridge(size), *_least_squares(size), *_exact()),
    )


@dataclasses.dataclass(frozen=True)
class _RoundsCase:
    """A way to go on from the first fit."""

    covariance: Spectrum
    counts: tuple[int, int]
    ridge: float
    keep: Any
    real: bool
    inputs: Any = "fresh"

    @property
    def way(self) -> str:
        """What it is called in the table."""
        return f"{self.keep}, {'with' if self.real else 'without'} real data, {self.inputs} inputs"

    @property
    def parameters(self) -> str:
        """The problem in short."""
        return (
            f"d = {self.covariance.d:g}, n = {self.counts[0]} + {self.counts[1]} a round, λ = {self.ridge:g}"
        )

    @cached_property
    def options(self) -> Mapping[str, Any]:
        """What ``rounds`` and ``evolve`` take."""
        σ1, σ2 = NOISES
        real = Source(self.counts[0], self.covariance, noise_variance=σ1)
        start = Problem(signal=1 / float(self.covariance.d), sources=[real], ridge=self.ridge)
        fresh = Source(self.counts[1], self.covariance, noise_variance=σ2)
        new = fresh if self.inputs == "fresh" else real.relabelled(noise_variance=σ2)
        kept = [real] if self.real else []
        return {"start": start, "synthetic": new, "keep": self.keep, "real": kept, "inputs": self.inputs}

    @cached_property
    def trials(self) -> SharedTrials:
        """Errors after each round."""
        return SharedTrials(
            partial(
                own_label_rounds,
                eigenvalues=self.covariance.values,
                counts=self.counts,
                noise_variances=NOISES,
                ridge=self.ridge,
                rounds=LAST,
                keep=self.keep,
                real=self.real,
                inputs=self.inputs,
            )
        )

    def predicted(self, t: int) -> float:
        """The error after round t by the joint equations of all rounds."""
        from ...numerics import evolve

        return float(evolve(rounds=LAST, **self.options).error.sel(round=t))

    def derived(self, t: int) -> float:
        """The same by the engine."""
        from ..freeprob.engine_joint_fits import engine_error

        return engine_error(rounds(t, **self.options)[-1])

    def statement(self, source: str, t: int, formula: Number | None = None) -> Statement:
        """The error after round t, by a formula or by the joint equations."""
        predicted = partial(self.predicted, t)
        derivable = self.ridge > 0 and t <= DERIVED
        return Statement(
            name=f"E after t = {t}",
            source=source,
            parameters=self.parameters,
            theory=formula or predicted,
            draw=self.trials.entry(t),
            witnesses={
                **({EQUATIONS: predicted} if formula else {}),
                **({ENGINE: partial(self.derived, t)} if derivable else {}),
            },
        )


def _with_ridge(size: Size) -> Iterator[Statement]:
    d, n1, n2 = size(60), size(80), size(50)
    made = partial(_RoundsCase, unlike_spectra(d)[0], ridge=RIDGES[0])
    ways = (
        made(counts=(n1, n2), keep="all", real=True),
        made(counts=(n1, n2), keep="latest", real=True),
        made(counts=(n1, n2), keep="latest", real=False),
        made(counts=(n1, n1), keep="all", real=True, inputs="same"),
        made(counts=(n1, n1), keep="latest", real=False, inputs="same"),
    )
    for way in ways if size.full else ways[:1]:
        for t in (DERIVED, LAST):
            yield way.statement(way.way, t)


def _least_squares(size: Size) -> Iterator[Statement]:
    d, n1, n2 = size(40), size(160), size(140)
    made = partial(_RoundsCase, unlike_spectra(d)[0], ridge=0.0)
    accumulated = made(counts=(n1, n2), keep="all", real=True)
    replaced = made(counts=(n1, n2), keep="latest", real=False)
    again = made(counts=(n1, n1), keep="latest", real=False, inputs="same")
    forms = (
        ("accumulated least squares", accumulated, accumulate_rounds),
        ("replaced least squares", replaced, replace_rounds),
        ("the same inputs, least squares", again, replace_rounds),
    )
    for source, way, form in forms:
        for t in (1, LAST) if size.full else (LAST,):
            yield way.statement(source, t, partial(form, **_arguments(way, t)))


def _exact() -> Iterator[Statement]:
    """At a size where N − d − 1 and N − d are unlike."""
    d, n1, n2 = 20, 60, 40
    made = partial(_RoundsCase, unlike_spectra(d)[0], ridge=0.0)
    forms = (
        ("accumulated, any size", made(counts=(n1, n2), keep="all", real=True), accumulate_rounds),
        ("replaced, any size", made(counts=(n1, n2), keep="latest", real=False), replace_rounds),
    )
    for source, way, form in forms:
        formula = partial(form, finite_size=True, **_arguments(way, LAST))
        statement = way.statement(source, LAST, formula)
        yield dataclasses.replace(statement, witnesses={})


def _arguments(way: _RoundsCase, t: int) -> dict[str, Any]:
    n = way.counts[0], *[way.counts[1]] * t
    σ2 = NOISES[0], *[NOISES[1]] * t
    return {"dimension": float(way.covariance.d), "counts": n, "noise_variances": σ2}
