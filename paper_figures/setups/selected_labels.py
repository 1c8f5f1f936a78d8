"""Generated samples that a verifier or an oracle selected: orthogonal errors of equal inputs."""

import math

import numpy as np

from ...numerics.fitted_directions.selecting import select
from ...theory import Fixed, Problem, isotropic
from ...theory.base.arrays import Array
from ...theory.selection import labels, rules
from ...theory.selection.selection import Selection
from ...theory.selection.selection_rules import Rule
from ...theory.statements.selection.filtered_least_squares import BestAcceptance, best_acceptance
from ...theory.statements.selection.verifier_filter import acceptance_threshold

__all__ = [
    *("ANGLE", "DIMENSION", "GENERATOR_ERROR", "NOISE", "VERIFIER_ERRORS"),
    *("best_kept", "filtered", "signed"),
]

DIMENSION = 80

NOISE, GENERATOR_ERROR = 0.25, 0.5
"""σ² of the generated labels, and ‖w_g − w_t‖²."""

VERIFIER_ERRORS = {"exact": 0.0, "wrong": 0.3}
"""‖w_v − w_t‖² of the two verifiers."""

ANGLE = 40
"""Degrees between the generator of signs and the truth."""


def filtered(number: float, kept: float, verifier: str = "exact") -> Problem:
    """Least squares on those of number·d generated samples whose labels are near the verifier's.

    kept : samples per dimension that the threshold keeps; ``number`` keeps all.
    """
    error = VERIFIER_ERRORS[verifier]
    rule: Rule = rules.everything()
    if kept < number:
        threshold = acceptance_threshold(
            kept / number, distance=GENERATOR_ERROR + error, noise_variance=NOISE
        )
        rule = rules.near(_unit(0) + math.sqrt(error) * _unit(2), threshold)
    generator = _unit(0) + math.sqrt(GENERATOR_ERROR) * _unit(1)
    return _problem(
        select(
            round(number * DIMENSION),
            isotropic(DIMENSION),
            labels=labels.linear(generator, noise_variance=NOISE),
            keep=rule,
        )
    )


def best_kept(number: float, verifier: str = "exact") -> BestAcceptance:
    """The best share to keep of number·d samples."""
    return best_acceptance(
        aspect_ratio=1 / number,
        noise_variance=NOISE,
        generator_error=GENERATOR_ERROR,
        verifier_error=VERIFIER_ERRORS[verifier],
        dimension=DIMENSION,
    )


def signed(number: float, margin: float) -> Problem:
    """Least squares on those of number·d generated signs on which an exact oracle agrees, its score being
    above a margin."""
    angle, oracle = math.radians(ANGLE), _unit(0)
    rule: Rule = rules.agree(oracle)
    if margin > 0:
        rule = rule & rules.margin(oracle, above=margin)
    generator = math.cos(angle) * _unit(0) + math.sin(angle) * _unit(1)
    return _problem(
        select(round(number * DIMENSION), isotropic(DIMENSION), labels=labels.sign(generator), keep=rule)
    )


def _problem(selection: Selection) -> Problem:
    return Problem(signal=Fixed(_unit(0)), sources=[selection], ridge=0)


def _unit(i: int) -> Array:
    """(d,) the direction i: 0 is the truth, 1 the generator's error, 2 the verifier's."""
    direction: Array = np.eye(1, DIMENSION, i)[0]
    return direction
