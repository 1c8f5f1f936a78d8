"""What changes nothing, or changes errors in a known way: for problems of every kind.

Drawn over diagonal, commuting and other covariances; random, fixed and jointly given truths; linear
models, projections and random features; ridges from 0 to 10.

EQUAL, for two computations of one number in other coordinates: eigenvalues range over three
decades, so that rounding of a matrix, some 1e−15 of its largest entry, is 1e−12 of its smallest
eigenvalue, and 1e−11 of an error.
"""

import dataclasses

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import detequiv as de
from drawn import (
    changed,
    decades,
    everything,
    mild_spectra,
    positive_ridges,
    problems,
    rotation,
    seeds,
    terms,
)
from variants import (
    beside,
    entries,
    in_units,
    joint,
    mapped,
    only,
    reweighted,
    rotated,
    square,
    tested_on_source,
)

EQUAL = 1e-10


def sizes(prediction):
    """What each number of ``everything`` is exact relative to: itself, but for the collapse, whose
    summands can cancel. By the Cauchy-Schwarz inequality they are below 4 (bias + error)."""
    size = np.abs(everything(prediction))
    finite = np.isfinite(prediction.error + prediction.bias)
    size[3] = 4 * (prediction.error + prediction.bias) if finite else size[3]
    return size


def same(a, b, tolerance=EQUAL):
    """Equal to the tolerance; infinite or missing in both; and as finite."""
    found, wanted = everything(a), everything(b)
    size = sizes(b)
    assert a.status == b.status
    special = ~np.isfinite(wanted)
    np.testing.assert_array_equal(found[special], wanted[special])
    gap = np.abs(found - wanted)[~special]
    floor = tolerance**2 * b.null_error
    assert (gap <= tolerance * size[~special] + floor).all(), (found, wanted)


