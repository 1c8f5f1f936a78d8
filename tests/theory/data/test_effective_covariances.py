"""Covariances with an update of low rank."""

import numpy as np

from detequiv.theory.data.effective_covariances import updated
from detequiv.theory.data.spectrum import Spectrum


def test_an_update_that_is_symmetric_up_to_rounding_is_accepted() -> None:
    """Moments of selections are symmetric to 1e-17 only; their finite-size term was refused for it."""
    N = np.array([[-0.6, -1.2278e-17], [-8.1856e-18, 2e-16]])
    found = updated(Spectrum([1.0, 1.0, 1.0]), np.eye(3)[:, :2], N).matrix
    assert np.array_equal(found, found.T)
    assert abs(found[0, 0] - 0.4) < 1e-15
