"""A sample project of a user of the pytest plugin, and what its tests compare."""

from collections.abc import Callable
from typing import Any

# A user's modules, with the names of our layers. A trial is the mean of 16 uniform numbers, so that
# its mean is exactly 1/2, and its standard deviation √(1/12/16) = 0.072, after 128 trials 0.0064.
THEORY = """
MEAN = 0.5

def mean():
    '''
    >>> mean()
    0.5
    '''
    return MEAN
"""
VERIFY = """
import numpy as np

def uniform(rng):
    return np.mean(rng.random(16))
"""
HEAD = "import pytest\nimport theory\nimport verify\nimport detequiv as de\n"
RIGHT = "agreement(theory=theory.MEAN, simulation=verify.uniform, tolerance=0.1)"
WRONG = "agreement(theory=0.9, simulation=verify.uniform, tolerance=0.1)"
UNSURE = "agreement(theory=theory.MEAN, simulation=verify.uniform, tolerance=1e-4, trials=200)"
QUICK = f"{RIGHT[:-1]}, trials=128)"  # a single look, so that no levels are computed
MIXED = f"""
def test_right(agreement):
    {RIGHT}

def test_wrong(agreement):
    {WRONG}

def test_unsure(agreement):
    {UNSURE}

def test_another():
    pass
"""

Run = Callable[..., Any]
