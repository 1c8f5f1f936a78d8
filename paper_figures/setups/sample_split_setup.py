"""Samples of one number in all, split into real and synthetic: the setup of Figures 1 and 4."""

import dataclasses

from ...theory import Problem
from . import figure_5_setup

__all__ = ["PARAMETERS", "SAMPLES", "SETUP", "mix"]

SAMPLES = figure_5_setup.REAL + figure_5_setup.SYNTHETIC

SETUP = f"""\
Ridge regression on m random projections (entries of variance 1/d), d = 600, of n = {SAMPLES}
training samples in all, ridge λ = 1e-8, noise variance 0.01, covariance with eigenvalues C/j and
trace 1, label shift Δ = (c²/d) Σ⁻¹, signal Γ = I (appendix A.1 of the paper says I/d, which gives
a bias of at most 0.0042 and not the plotted curves)."""

PARAMETERS = {
    name: value for name, value in figure_5_setup.PARAMETERS.items() if name not in ("real", "synthetic")
} | {"samples": SAMPLES}


def mix(width: float, fraction: float, quality: float) -> Problem:
    """The setup of Figure 5, round(p₂n) of its n samples synthetic; no synthetic ones at p₂ = 0.

    >>> [source.n for source in mix(100, 0.02, 1.0).sources]
    [490, 10]
    """
    problem, n2 = figure_5_setup.mix(width, quality), round(fraction * SAMPLES)
    real, synthetic = problem.sources
    sources = (dataclasses.replace(real, n=SAMPLES - n2), dataclasses.replace(synthetic, n=n2))
    return dataclasses.replace(problem, sources=sources)
