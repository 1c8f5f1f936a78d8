"""Labels and rules of several kinds, and moments of kept samples by sampling."""

import itertools
import json
from pathlib import Path

import numpy as np

from detequiv import labels, rules

VARIANCES = np.array([2.0, 1.0, 0.5, 0.25, 1.3])
GENERATOR = np.array([0.6, 0.3, -0.2, 0.5, 0.0])
VERIFIER = np.array([0.5, 0.45, 0.1, 0.3, 0.2])
OTHER = np.array([0.3, -0.2, 0.6, 0.1, 0.5])


def sigmoid(z):
    return 1 / (1 + np.exp(-2 * z))


LABELS = {
    "linear": labels.linear(GENERATOR, 0.25),
    "noiseless": labels.linear(GENERATOR),
    "sign": labels.sign(GENERATOR, flip=0.1),
    "probit": labels.probit(GENERATOR, scale=0.5),
    "cubic": labels.polynomial(GENERATOR, [0, 0.2, 0, 1 / 3], 0.09),
    "square": labels.polynomial(GENERATOR, [-1, 0, 1]),
    "tanh": labels.function(GENERATOR, lambda z: np.tanh(2 * z), lambda z: 0.1 + 0.2 * z**2),
    "step": labels.function(GENERATOR, lambda z: np.where(z > 0.3, 1.0, -0.5) * np.exp(z / 3)),
    "mixture": labels.mixture(GENERATOR * VARIANCES, flip=0.15),
}

RULES = {
    "everything": rules.everything(),
    "near": rules.near(VERIFIER, 0.5),
    "agree": rules.agree(VERIFIER),
    "margin": rules.margin(VERIFIER, above=0.3, below=1.5),
    "one_sided": rules.one_sided(VERIFIER, above=0.2),
    "label": rules.label(above=0.4, size=True),
    "sigmoid": rules.probability(sigmoid, VERIFIER),
    "jump": rules.probability(lambda z: np.where(np.abs(z) < 0.37, 0.2, 0.9), VERIFIER),
    "sigmoid of label": rules.probability(lambda z, y: sigmoid(z * y), VERIFIER, label=True),
    "near, agree": rules.near(VERIFIER, 0.5) & rules.agree(VERIFIER),
    "agree, margin": rules.agree(VERIFIER) & rules.margin(VERIFIER, above=0.5),
    "near, one_sided": rules.near(VERIFIER, 0.7) & rules.one_sided(OTHER, above=0),
    "random, agree, agree": rules.random(0.5) & rules.agree(VERIFIER) & rules.agree(OTHER),
}

SMOOTH = ("cubic", "square", "tanh", "step")


def numeric_scores(label, rule):
    """How many scores need quadrature."""
    if label not in SMOOTH:
        return 1
    if rule == "sigmoid of label":
        return 3 if label in ("cubic", "tanh") else 2
    return 3 if rule == "random, agree, agree" else 2


def deviations(found, law, rule, seed, count):
    """Differences of a simulation from the moments, up to those there are, in standard errors."""
    rng = np.random.default_rng(seed)
    X, y = law.sample(rng, rng.standard_normal((count, 5)) * np.sqrt(VARIANCES))
    kept = rule.keep(rng, X, y)
    q = np.column_stack([np.ones(kept.sum()), X[kept] @ found.basis, y[kept]])
    degree = 2 if found.fourth is None else 4
    theory = found.fourth
    if theory is None:
        theory = np.eye(q.shape[1])
        theory[1:, 1:] = found.joint_second_moment
        theory[0, 1:] = [*found.mean, found.label_mean]
    gaps = [(kept.mean() - found.kept) / np.sqrt(max(kept.var(), 1e-12) / count)]
    for index in itertools.combinations_with_replacement(range(q.shape[1]), degree):
        products = np.prod(q[:, index], axis=1)
        error = products.std() / np.sqrt(len(q)) + 1e-12
        gaps.append((products.mean() - theory[index]) / error)
    return np.abs(gaps)


# ---- the public cases of made_theory.md, part B

PUBLISHED = json.loads((Path(__file__).parents[1] / "reference" / "selections.json").read_text("utf-8"))


def published_basis(beta, d=150):
    """Σ and E of the recipe."""
    j = np.arange(1, d + 1)
    S = j**-beta
    S *= d / S.sum()
    E = []
    for p in (2, 3, 5):
        column = np.sin(np.sqrt(p) * j)
        for _ in range(2):
            for e in E:
                column = column - (e * S @ column) * e
        E.append(column / np.sqrt(column @ (S * column)))
    return S, np.array(E).T


def published_labels(given, E, S):
    if given["kind"] == "mixture":
        return labels.mixture(S * (E @ given["mu"]), given["flip"])
    w = E @ given["g"]
    if given["kind"] == "sign":
        return labels.sign(w)
    if given["kind"] == "cubic":
        return labels.polynomial(w, [0, 0, 0, 1 / 3], given["sigma"] ** 2)
    return labels.linear(w, given["sigma"] ** 2)


def published_rule(given, E):
    w, t = E @ given.get("v", [1, 0, 0]), given.get("t")
    return {
        "all": rules.everything,
        "random": lambda: rules.random(t),
        "near": lambda: rules.near(w, t),
        "agree": lambda: rules.agree(w),
        "large": lambda: rules.margin(w, above=t),
        "small": lambda: rules.margin(w, below=t),
        "oneside": lambda: rules.one_sided(w, above=t),
    }[given["kind"]]()
