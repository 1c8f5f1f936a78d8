"""The joint equations of connected fits against the engine, which derives them from their definition."""

import dataclasses

import pytest

import detequiv as de
from detequiv.theory.joint_fits import stage_responses
from detequiv.verify.freeprob.engine_joint_fits import engine_contributions, engine_error, jointly_derivable
from helpers.connected import CASES, FIRST, KINDS, D, W, case, mix, projection, three_fits

LONG = ("accumulate", "same real data each round")

PROVED = {
    **{name: (lambda name=name: case(name)) for name, given in CASES.items() if not given["note"]},
    "one projection for generator and student": lambda: mix(
        FIRST, FIRST, model=projection(54, "a"), labeller=projection(54, "a")
    ),
    "three fits, two projections": three_fits,
}


def contributions(problem):
    """Of the truth, and of the noises in the order of size: their names are others."""
    parts = dict(de.predict(problem).fitted_labels.contributions)
    return parts.pop("truth"), sorted(parts.values())


def derived(problem):
    parts = engine_contributions(problem)
    return parts.pop("truth"), sorted(parts.values())


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) if n.startswith(LONG) else n for n in PROVED]
)
def test_the_engine_derives_the_same_contributions(name):
    problem = PROVED[name]()
    (truth, noises), (own, own_noises) = contributions(problem), derived(problem)
    assert truth == pytest.approx(own, rel=1e-9) and noises == pytest.approx(own_noises, rel=1e-9)


def test_a_wrong_equation_would_be_seen(monkeypatch):
    """Labels that do not move with their labeller."""
    problem = mix(FIRST, FIRST)
    exact = sum(engine_contributions(problem).values())
    assert de.predict(problem).error == pytest.approx(exact, rel=1e-10)
    whole = stage_responses.Responses._below

    def without_labellers(self, t, s):
        kept = self.stages
        self.stages = dataclasses.replace(kept, labelled_by=0 * kept.labelled_by)
        whole(self, t, s)
        self.stages = kept

    monkeypatch.setattr(stage_responses.Responses, "_below", without_labellers)
    assert de.predict(problem).error != pytest.approx(exact, rel=1e-4)
    assert D == 36


DERIVED = {
    "random truth",
    "two projections",
    "label mixing",
    "a part of the samples",
    "three fits, two projections",
}
"""The kinds without shifts, gains, fixed truths and matrices."""


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_engine_covers_is_known_beforehand(kind):
    assert jointly_derivable(KINDS[kind]()) == (kind in DERIVED)


@pytest.mark.parametrize("signal", [1 / D, de.Fixed(W)], ids=["random", "fixed"])
def test_the_error_is_the_sum_of_the_contributions(signal):
    """Of a fixed truth only the squares of its coordinates count where covariances are diagonal."""
    problem = mix(FIRST, FIRST, signal=signal)
    assert jointly_derivable(problem)
    assert engine_error(problem) == pytest.approx(de.predict(problem).error, rel=1e-12)


def test_the_engine_needs_ridges_and_connected_fits():
    real, whole = de.Source(50, FIRST), mix(FIRST, FIRST)
    assert jointly_derivable(whole)
    assert not jointly_derivable(dataclasses.replace(whole, ridge=0))
    assert not jointly_derivable(dataclasses.replace(whole, sources=[real]))
    silent = dataclasses.replace(whole.sources[1], weight=0)
    assert not jointly_derivable(dataclasses.replace(whole, sources=[real, silent]))
