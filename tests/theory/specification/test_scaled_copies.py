"""Problems at other sizes have the same prediction."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detequiv as de
from detequiv.theory.specification.scaled_copies import enlarged
from helpers.refusals import refused
from helpers.strategies import everything, problems
from helpers.transformations import agree, label_variances


@settings(max_examples=25)
@given(mix=problems(), factor=st.integers(1, 3))
def test_an_enlarged_problem_has_the_same_prediction(mix: de.Problem, factor: int) -> None:
    """All but the degrees of freedom, which grow by the factor; to what cancels in labels."""
    large = enlarged(mix, factor)
    assert (large.n, large.d) == (factor * mix.n, factor * mix.d)
    a, b = de.predict(large), de.predict(mix)
    size = np.nan_to_num(np.abs(everything(b)), posinf=0.0) + label_variances(mix).sum()
    tolerance = 1e-10 if b.fixed_point.estimated_error < 1e-11 else 1e-7
    agree(everything(a)[:4], everything(b)[:4], size[:4], tolerance)


@pytest.mark.parametrize(("factor", "told"), [(0, "0"), (1.5, "1.5"), ("2", "'2'")])
def test_factors_are_positive_integers(factor: object, told: str) -> None:
    mix = de.Problem(signal=1.0, sources=[de.Source(3, [1.0])], ridge=0.1)
    with refused(de.SpecError, "factor", "integer least 1", told):
        enlarged(mix, factor)  # type: ignore[arg-type]
