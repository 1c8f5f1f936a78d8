"""Problems with labels of trained models: published cases, and small ones of every kind."""

import dataclasses
import json
from pathlib import Path

import numpy as np

import detequiv as de

CASES = json.loads((Path(__file__).parents[1] / "reference" / "joint_fits.json").read_text())
"""Pipelines with their errors by an independent program and by simulation, at d = 100 and 300."""


def case(name):
    """The last fit of a case."""
    spec = CASES[name]["spec"]
    arrays = [np.array(a) for a in spec["arrays"]]
    sources, fits = {}, []
    for stage in spec["stages"]:
        members = []
        for item in stage["items"]:
            key = item["set"], item["noise"]
            if key not in sources:
                sources[key] = _source(spec, arrays, item, sources, fits)
            members.append(dataclasses.replace(sources[key], weight=item["weight"]))
        fits.append(
            de.Problem(
                signal=arrays[spec["signal"]],
                sources=members,
                ridge=stage["ridge"],
                model=_model(stage["model"]),
                target=de.Target(arrays[spec["target"]]),
            )
        )
    return fits[-1]


def _source(spec, arrays, item, sources, fits):
    n, covariance = spec["sets"][item["set"]]
    labels = next((fits[int(s)] for s in item["models"]), None)
    noise = spec["noises"][item["noise"]][1]
    for (k, _), known in sources.items():
        if k == item["set"]:
            return known.relabelled(labels, noise_variance=noise)
    return de.Source(n, arrays[covariance], noise_variance=noise, labels=labels)


def _model(given):
    if given is None:
        return de.Linear()
    return de.RandomProjection(given["m"], entry_variance=given["s2"], draw=given["group"])


D = 36
FIRST = 1.5 * (1 + np.arange(D)) ** -0.5
SECOND = np.roll((1 + np.arange(D)) ** -0.9, 9)
W = np.cos(np.arange(D)) / D**0.5


def turned():
    """A matrix with the eigenvalues SECOND that commutes with no diagonal one."""
    Q = np.linalg.qr(np.random.default_rng(5).normal(size=(D, D)))[0]
    return Q @ np.diag(SECOND) @ Q.T


def mix(
    first=FIRST, second=SECOND, *, signal=1 / D, model=None, labeller=None, real=None, other=None, **more
):
    """A generator trained on a real source and another one, and a mix of the real one with its samples."""
    model, labeller = model or de.Linear(), labeller or de.Linear()
    real = de.Source(50, first, noise_variance=0.4, **(real or {}))
    other = de.Source(24, second, noise_variance=0.2, **(other or {}))
    generator = de.Problem(signal=signal, sources=[real, other], ridge=0.1, model=labeller)
    synthetic = de.Source(40, second, labels=generator, noise_variance=0.3, weight=0.6)
    return de.Problem(signal=signal, sources=[real, synthetic], ridge=0.07, model=model, **more)


def projection(m, draw=None):
    return de.RandomProjection(m, draw=draw)


def label_mixing():
    real = de.Source(50, FIRST, noise_variance=0.4)
    generator = de.Problem(signal=1 / D, sources=[real], ridge=0.1)
    return de.Problem(
        signal=1 / D, sources=[real, real.relabelled(generator, noise_variance=0.2)], ridge=0.05
    )


def relabelled_by_truth():
    real = de.Source(50, FIRST, noise_variance=0.4, shift=0.3 / D, gain=0.9)
    again = dataclasses.replace(real.relabelled(noise_variance=1.0), weight=2)
    return de.Problem(signal=1 / D, sources=[real, again], ridge=0.05)


def split():
    part, rest = de.Source(60, FIRST, noise_variance=0.4).split(24)
    generator = de.Problem(signal=1 / D, sources=[part], ridge=0.05)
    others = [de.Source(30, FIRST, labels=generator), part.relabelled(generator, noise_variance=0.1)]
    return de.Problem(signal=1 / D, sources=[rest, *others], ridge=0.05)


def three_fits():
    """The first and the last share their projection."""
    real = de.Source(60, FIRST, noise_variance=0.4)
    first = de.Problem(signal=1 / D, sources=[real], ridge=0.1, model=projection(42, "a"))
    one = de.Source(30, SECOND, labels=first, noise_variance=0.1)
    second = de.Problem(signal=1 / D, sources=[real, one], ridge=0.1, model=projection(30))
    two = de.Source(30, FIRST, labels=second, noise_variance=0.1)
    return de.Problem(signal=1 / D, sources=[real, one, two], ridge=0.1, model=projection(42, "a"))


SHIFTED = {"shift": 0.5 / D, "gain": 0.8}
FIXED = {"shift": de.Fixed(0.4 * W + 0.3 * np.sin(np.arange(D)) / D**0.5), "gain": 0.7}

KINDS = {
    "random truth": mix,
    "shifts and gains": lambda: mix(other=SHIFTED, real={"gain": 1.2}),
    "fixed truths": lambda: mix(signal=de.Fixed(W), other=FIXED),
    "matrices": lambda: mix(np.diag(FIRST), turned()),
    "matrices, shifts, target": lambda: mix(
        np.diag(FIRST), turned(), other=SHIFTED, target=de.Target(turned())
    ),
    "matrices, fixed truths": lambda: mix(np.diag(FIRST), turned(), signal=de.Fixed(W), other=FIXED),
    "one projection": lambda: mix(model=projection(54, "a"), labeller=projection(54, "a"), other=SHIFTED),
    "two projections": lambda: mix(model=projection(54), labeller=projection(30)),
    "matrices, one projection": lambda: mix(
        np.diag(FIRST), turned(), model=projection(54, "a"), labeller=projection(54, "a")
    ),
    "matrices, two projections": lambda: mix(
        np.diag(FIRST), turned(), model=projection(24), labeller=projection(54)
    ),
    "label mixing": label_mixing,
    "relabelled by the truth": relabelled_by_truth,
    "a part of the samples": split,
    "three fits, two projections": three_fits,
}
