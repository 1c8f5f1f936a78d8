"""The labels and rules that a problem file can hold, by the names of ``detequiv.labels`` and ``.rules``."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ...selection import labels, rules
from ...selection.label_laws import (
    FunctionLabels,
    LabelLaw,
    LinearLabels,
    MixtureLabels,
    PolynomialLabels,
    ProbitLabels,
    SignLabels,
)
from ...selection.selection_rules import (
    Agree,
    Everything,
    LabelBand,
    Margin,
    Near,
    OneSided,
    Probability,
    RandomKeep,
    Rule,
)

__all__ = ["FUNCTIONS", "KINDS", "LABELS", "RULES", "VECTORS", "parameters"]

LABELS: Mapping[str, Callable[..., LabelLaw]] = {
    "linear": labels.linear,
    "sign": labels.sign,
    "probit": labels.probit,
    "polynomial": labels.polynomial,
    "mixture": labels.mixture,
}
RULES: Mapping[str, Callable[..., Rule]] = {
    "near": rules.near,
    "agree": rules.agree,
    "margin": rules.margin,
    "one_sided": rules.one_sided,
    "label": rules.label,
    "random": rules.random,
    "everything": rules.everything,
}
FUNCTIONS = {"labels": "function", "keep": "probability"}
"""The kinds that take Python functions, which no file can hold."""

KINDS: Mapping[type, str] = {
    LinearLabels: "linear",
    SignLabels: "sign",
    ProbitLabels: "probit",
    PolynomialLabels: "polynomial",
    MixtureLabels: "mixture",
    FunctionLabels: "function",
    Near: "near",
    Agree: "agree",
    Margin: "margin",
    OneSided: "one_sided",
    LabelBand: "label",
    RandomKeep: "random",
    Probability: "probability",
    Everything: "everything",
}
VECTORS = ("w", "mu")
"""Parameters that are directions, or the mean of a class."""


def parameters(make: Callable[..., Any]) -> dict[str, bool]:
    """The parameters of a kind, and whether each is needed."""
    signature = inspect.signature(make).parameters
    return {name: p.default is inspect.Parameter.empty for name, p in signature.items()}
