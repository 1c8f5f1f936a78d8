"""Second moments of label functions: scalars, diagonals, matrices, fixed truths, joint moments."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from .arrays import Array, frozen_array
from .checks import non_negative, real
from .covariance import checked_matrix, rounding
from .errors import ShapeError, SpecError
from .value import Value

__all__ = ["Fixed", "Moment", "Moments", "as_moment", "entries_of"]

MOMENT = "It is a second moment: a number, one number for each eigenvalue, or a (d, d) matrix."


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Fixed(Value):
    """A truth that is not random: E[wwᵀ] = wwᵀ, with its signs and its products with other fixed
    truths.

    Parameters
    ----------
    w : (d,) in the coordinates in use, or (d, outputs): then errors are sums over outputs and every
        noise variance is the total over outputs.

    As ``signal`` it is w_t itself; as the ``shift`` of a source it is δ, so that the source's truth
    is gain·w_t + δ. A problem's fixed truths all have the same outputs.

    >>> Fixed([1.0, -1.0])
    Fixed(d=2, |w|²=2)
    """

    w: Array

    def __post_init__(self) -> None:
        w = frozen_array(self.w, "fixed truth", "Give a (d,) or (d, outputs) array.")
        if w.ndim not in (1, 2) or not w.size:
            raise ShapeError(f"a fixed truth must be a (d,) or (d, outputs) array; got {w.shape}.")
        object.__setattr__(self, "w", w)

    @property
    def columns(self) -> Array:
        """(d, outputs)."""
        return self.w if self.w.ndim == 2 else self.w[:, None]

    def __repr__(self) -> str:
        outputs = "" if self.w.ndim == 1 else f", outputs={self.w.shape[1]}"
        return f"Fixed(d={len(self.w)}{outputs}, |w|²={np.sum(self.w**2):.6g})"


Moment = float | Array | Fixed
"""A scalar times the identity, a (d,) diagonal or a (d, d) matrix in the coordinates in use, or a
fixed truth."""


def as_moment(given: object, name: str) -> Moment:
    """The moment, validated."""
    if isinstance(given, Fixed):
        return given
    if isinstance(given, str | bytes | type(None)):
        raise SpecError(f"{name} must be a number, an array or Fixed(w); got {given!r}.")
    if np.isscalar(given) or (isinstance(given, np.ndarray) and given.ndim == 0):
        return non_negative(given, name, "It is a second moment, a scalar times the identity.")
    array = frozen_array(given, name, MOMENT)
    if array.ndim == 2:
        return checked_matrix(array, name, MOMENT)
    if array.ndim != 1:
        raise ShapeError(f"{name} must be a scalar, 1-D or 2-D; got shape {array.shape}.")
    if (array < 0).any():
        i = int(np.argmax(array < 0))
        raise SpecError(
            f"{name}[{i}] must be non-negative; got {array[i]:.17g}. It is a second "
            f"moment: a fixed vector is Fixed(w)."
        )
    return array


def entries_of(moment: object) -> int | None:
    """How many coordinates the moment speaks of; None for a scalar."""
    if isinstance(moment, Fixed):
        return len(moment.w)
    return len(moment) if isinstance(moment, np.ndarray) else None


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Moments(Value):
    """All second moments W_jk = E[w_j w_kᵀ] of the truths of K sources and, last, the target.

    Parameters
    ----------
    blocks : (K + 1) rows of K + 1 blocks, each a scalar (times I), a (d,) diagonal or a (d, d)
        matrix, W_kj = W_jkᵀ. Where two sources share a shift, or truths are correlated in any other
        way, this says it; ``signal``, ``shift`` and ``gain`` are short for the usual cases.

    Raises
    ------
    SpecError, ShapeError
        Not square, blocks that are not transposes of each other, a joint matrix with a negative
        eigenvalue (which is named).

    >>> shared = Moments([[1.5, 1.5, 1.0], [1.5, 1.5, 1.0], [1.0, 1.0, 1.0]])   # w_1 = w_2 ≠ w_t
    >>> shared
    Moments(2 sources and the target)
    """

    blocks: tuple[tuple[float | Array, ...], ...]

    def __post_init__(self) -> None:
        blocks = _rows(self.blocks)
        object.__setattr__(self, "blocks", blocks)
        _check_transposes(blocks)
        _check_definite(blocks)

    @property
    def entries(self) -> int | None:
        """d as the blocks have it; None where all of them are scalars."""
        sizes = {len(b) for row in self.blocks for b in row if isinstance(b, np.ndarray)}
        return next(iter(sizes), None)

    def __repr__(self) -> str:
        return f"Moments({len(self.blocks) - 1} sources and the target)"


def _rows(given: object) -> tuple[tuple[float | Array, ...], ...]:
    if not isinstance(given, Sequence | np.ndarray) or isinstance(given, str):
        raise SpecError(f"blocks must be rows of blocks; got {type(given).__name__}.")
    for j, row in enumerate(given):
        listed = isinstance(row, Sequence) and not isinstance(row, str | bytes)
        if not listed and not (isinstance(row, np.ndarray) and row.ndim):
            raise SpecError(f"blocks must be rows of blocks; got {row!r:.80} for row {j}.")
    rows = [tuple(_block(b, j, k) for k, b in enumerate(row)) for j, row in enumerate(given)]
    if len(rows) < 2 or any(len(row) != len(rows) for row in rows):
        raise ShapeError(
            f"blocks must be K + 1 rows of K + 1 blocks, the target last; got rows of "
            f"{', '.join(str(len(row)) for row in rows)}."
        )
    sizes = {len(b) for row in rows for b in row if isinstance(b, np.ndarray)}
    if len(sizes) > 1:
        raise ShapeError(f"blocks must have one dimension; got {sorted(sizes)}.")
    return tuple(rows)


def _block(given: object, j: int, k: int) -> float | Array:
    name, remedy = f"blocks[{j}][{k}]", "Each is a scalar, a (d,) diagonal or a (d, d) matrix."
    one = isinstance(given, str | bytes) or (isinstance(given, np.ndarray) and given.ndim == 0)
    if one or not isinstance(given, Sequence | np.ndarray):
        return real(given, name, remedy)
    block = frozen_array(given, name, remedy)
    if block.ndim > 2 or (block.ndim == 2 and block.shape[0] != block.shape[1]):
        raise ShapeError(f"{name} must be a scalar, 1-D or square; got shape {block.shape}.")
    return block


def _check_transposes(blocks: tuple[tuple[float | Array, ...], ...]) -> None:
    size = max(float(np.abs(b).max()) for row in blocks for b in row)
    for j, row in enumerate(blocks):
        for k, block in enumerate(row[: j + 1]):
            gap = _gap(np.asarray(block), np.asarray(blocks[k][j]))
            if gap > 1e-14 * size:
                raise SpecError(
                    f"blocks[{j}][{k}] must be the transpose of blocks[{k}][{j}]; they differ by "
                    f"{gap:.3g}. W_jk = E[w_j w_kᵀ]."
                )


def _gap(a: Array, b: Array) -> float:
    """The largest entry of a − bᵀ."""
    if max(a.ndim, b.ndim) == 2:
        d = max(len(x) for x in (a, b) if x.ndim)
        a, b = _square(a, d), _square(b, d)
    return float(np.abs(a - b.T).max())


def _check_definite(blocks: tuple[tuple[float | Array, ...], ...]) -> None:
    """No negative eigenvalue of the joint matrix, coordinates scaled to one size each."""
    arrays = [np.asarray(b) for row in blocks for b in row]
    d = max(a.shape[0] if a.ndim else 1 for a in arrays)
    K = len(blocks)
    if max(a.ndim for a in arrays) < 2:
        flat = [np.broadcast_to(a, (d,)) for a in arrays]
        joint = np.array(flat).reshape(K, K, d).transpose(2, 0, 1)
    else:
        full = np.array([_square(a, d) for a in arrays]).reshape(K, K, d, d)
        joint = full.transpose(0, 2, 1, 3).reshape(1, K * d, K * d)
    diagonal = np.diagonal(joint, axis1=1, axis2=2)
    if (diagonal < 0).any():
        raise SpecError(
            f"joint moments must have no negative variance; got {diagonal.min():.6g} on the "
            f"diagonal of a block W_kk."
        )
    if (joint != 0)[diagonal == 0].any():
        raise SpecError(
            "joint moments must vanish beside a variance of 0; a coordinate of some W_kk is 0 "
            "while its products with others are not."
        )
    unit = np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    least = float(np.linalg.eigvalsh(joint / (unit[:, :, None] * unit[:, None, :])).min())
    if least < -8 * rounding(joint.shape[1]):
        raise SpecError(
            f"joint moments must have no negative eigenvalue; got one of {least:.6g} (variances "
            f"scaled to 1). They are no second moments of any truths: check the products W_jk."
        )


def _square(block: Array, d: int) -> Array:
    return block if block.ndim == 2 else np.diag(np.broadcast_to(block, (d,)))
