"""Common eigenbases: when they exist, and how accurate they are."""

import numpy as np
import pytest

from detequiv.theory.coordinates.joint_diagonalization import _coefficients, common_eigenbasis

EPS = np.finfo(float).eps


def matrices_of(spectra, seed):
    """Matrices with these eigenvalues in one random basis."""
    d = len(spectra[0])
    Q = np.linalg.qr(np.random.default_rng([seed, d]).normal(size=(d, d)))[0]
    return [symmetric((Q * values) @ Q.T) for values in spectra]


def symmetric(A):
    return (A + A.T) / 2


def spectra_of(d, seed):
    """Families of commuting spectra, many with linear combinations that have close eigenvalues."""
    rng, j = np.random.default_rng([seed, d, 1]), np.arange(1, d + 1.0)
    few = max(1, d // 10)
    return {
        "power law and its reverse": [1 / j, 1 / j[::-1]],
        "steep and its reverse": [j**-4, j[::-1] ** -4],
        "exponential and its reverse": [10 ** (-12 * j / d), 10 ** (-12 * j[::-1] / d)],
        "three power laws": [1 / j, 1 / j[::-1], rng.permutation(j) ** -1.5],
        "five orders": [1 / rng.permutation(j) for _ in range(5)],
        "equal eigenvalues": [rng.integers(1, 3, d) * 1.0 for _ in range(3)],
        "projectors": [np.append(1.0, rng.integers(0, 2, d - 1)) for _ in range(3)],
        "a multiple of the identity": [1 / j, np.full(d, 3.0)],
        "low rank": [np.where(j <= few, 1 / j, 0.0), np.where(j > d - few, 1.0, 0.0)],
        "near the identity": [1 + 1e-8 * rng.random(d), 1 + 1e-8 * rng.random(d)],
        "unlike scales": [1e100 / j, 1e-100 / j[::-1], 1e-300 * rng.random(d)],
        "indefinite": [j - d / 3, rng.normal(size=d)],
    }


FAMILIES = list(spectra_of(2, 0))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("d", [2, 3, 10, 100])
def test_matrices_with_a_common_basis_are_found_to_commute(family, d):
    for seed in range(8):
        spectra = spectra_of(d, seed)[family]
        matrices = matrices_of(spectra, seed)
        basis = common_eigenbasis(matrices)
        assert basis is not None, f"seed {seed}"
        Q = basis.vectors
        assert np.abs(Q.T @ Q - np.eye(d)).max() <= 100 * EPS
        for values, A in zip(spectra, matrices, strict=True):
            largest = np.abs(values).max()
            turned = Q.T @ (A / largest) @ Q
            off = np.linalg.norm(turned - np.diag(turned.diagonal()))
            assert off <= (basis.residual + 2 * d * EPS), "the residual, up to rounding of this check"
            # forming the matrix already perturbs eigenvalues by a few eps of the largest
            found = np.sort(turned.diagonal())
            assert np.abs(found - np.sort(values / largest)).max() <= (4 * d + 8) * EPS


@pytest.mark.parametrize("family", ["power law and its reverse", "five orders"])
def test_commuting_matrices_in_three_hundred_dimensions_are_found(family):
    for seed in range(2):
        assert common_eigenbasis(matrices_of(spectra_of(300, seed)[family], seed)) is not None


def test_structured_matrices_have_their_common_basis():
    """Circulants and Kronecker products, whose eigenvalues come in equal pairs and blocks."""
    places = np.arange(24)
    lags = np.minimum(places, 24 - places)
    rows = [0.5**lags, np.exp(-(lags**2) / 2.0), (lags == 0) * 2.0 + (lags == 1)]
    circulants = [row[np.subtract.outer(places, places) % 24] for row in rows]
    assert common_eigenbasis(circulants) is not None
    A, B = matrices_of([np.array([3.0, 2.0, 1.0, 1.0]), np.array([1.0, 2.0, 2.0, 5.0])], 0)
    assert common_eigenbasis([np.kron(A, np.eye(6)), np.kron(np.eye(4), np.ones((6, 6)))])
    assert common_eigenbasis([np.kron(A, A), np.kron(B, np.eye(4)), np.kron(np.eye(4), B)])


def test_a_combination_that_is_a_multiple_of_the_identity_does_no_harm():
    """The first combination c₁A + c₂B of A and B = (c − c₁A)/c₂ has a single d-fold eigenvalue."""
    first, second = _coefficients(2, 0)
    for d in (2, 3, 10, 40, 120):
        (A,) = matrices_of([np.linspace(0.8, 0.99, d)], d)
        # the largest entries of A and B lie between ½ and 1, so neither is rescaled
        B = (0.75 * second + first * A.diagonal().min()) / second * np.eye(d) - first / second * A
        assert np.ptp(np.linalg.eigvalsh(first * A + second * B)) <= 8 * d * EPS
        assert common_eigenbasis([A, B]) is not None


@pytest.mark.parametrize("size", [1e-10, 1e-8, 1e-3])
@pytest.mark.parametrize("d", [3, 10, 60])
def test_matrices_that_do_not_commute_have_no_common_basis(d, size):
    """Commutators of relative size 1e-10 and more, generically and along one pair of vectors."""
    rng = np.random.default_rng(d)
    A, B = matrices_of([np.arange(1, d + 1.0), np.arange(d, 0.0, -1.0)], 5)
    general = symmetric(rng.normal(size=(d, d)))
    pair = np.zeros((d, d))
    pair[0, -1] = pair[-1, 0] = 1.0
    for noise in (general / np.linalg.norm(general, 2), pair):
        other = B + size * d * noise
        commutator = np.linalg.norm(A @ other - other @ A, 2)
        assert commutator > size / 100 * np.linalg.norm(A, 2) * np.linalg.norm(other, 2)
        assert common_eigenbasis([A, other]) is None


def test_a_commutator_at_rounding_level_does_not_imply_a_common_basis():
    """1 + 1e-8 S and 1 + 1e-8 T commute to 1e-16, but a common basis is only good to 1e-8."""
    rng = np.random.default_rng(0)
    A, B = (np.eye(5) + 1e-8 * symmetric(rng.normal(size=(5, 5))) for _ in range(2))
    assert np.abs(A @ B - B @ A).max() < 1e-15
    assert common_eigenbasis([A, B]) is None


def test_the_residual_bounds_the_neglected_off_diagonals():
    """It grows with a perturbation until no common basis is found."""
    A, B = matrices_of([np.arange(1, 31.0), np.arange(30, 0.0, -1.0)], 1)
    noise = symmetric(np.random.default_rng(2).normal(size=(30, 30)))
    noise /= np.linalg.norm(noise)
    for size in 10.0 ** np.arange(-17, -10):
        found = common_eigenbasis([A, B + 30 * size * noise])
        if found is None:
            assert size > 30 * EPS / 2
        else:
            # at most the perturbation plus rounding, since eigenvectors absorb part of it
            assert found.residual <= min(size + 30 * EPS, 4 * 30 * EPS)
            assert size < 1e-12


def test_off_diagonal_and_tiny_matrices_are_handled():
    flip = np.array([[0.0, 1.0], [1.0, 0.0]])
    assert common_eigenbasis([flip, 5e-324 * flip]) is not None
    assert common_eigenbasis([flip, np.array([1.0, -1.0])]) is None
    assert common_eigenbasis([np.ones((1, 1))]) is not None
