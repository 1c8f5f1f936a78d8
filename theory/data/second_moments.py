"""Second moments of label functions: scalars, diagonals, matrices, fixed truths, joint moments."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..base.accepted_values import RealArray, RealNumber
from ..base.arrays import Array, frozen_array
from ..base.errors import ShapeError, SpecError
from ..base.frozen_value import Value
from ..base.validation import as_list, non_negative, real, refusal
from ..base.wording import enumerated, plural, shortest_float
from .covariance import checked_matrix, rounding

__all__ = [
    "Fixed",
    "Moment",
    "MomentLike",
    "Moments",
    "as_moment",
    "entries_of",
    "fixed_of",
    "is_matrix",
    "random_moment",
    "rescaled",
    "same_moment",
]

MOMENT = "It is a second moment: a number, one number for each eigenvalue, or a (d, d) matrix."
TRUTH = "Fixed(w) takes a (d,) or (d, outputs) array."
ROWS = "Moments takes [[W_11, …, W_1t], …, [W_t1, …, W_tt]], the target last."
LARGEST_PRODUCT = 1e300
BLOCK = "Each block is a scalar, a (d,) diagonal or a (d, d) matrix."


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Fixed(Value):
    """A truth that is not random: a vector, or one vector per output.

    Parameters
    ----------
    w : array
        (d,) in the coordinates in use, or (d, outputs). With several outputs, errors are sums over
        outputs and every noise variance is the total over outputs.

    Raises
    ------
    SpecError, ShapeError
        Entries that are not finite real numbers; no entries; other dimensions than 1 or 2.

    Notes
    -----
    As ``signal`` it is w_t itself. As the ``shift`` of a source it is δ: the source's truth is gain·w_t + δ.
    Products of fixed truths keep their signs. All fixed truths of a problem have the same outputs.

    Not in arXiv 2410.04840 v2, whose truths are all random.

    Examples
    --------
    >>> Fixed([1.0, -1.0])
    Fixed(d=2, |w|²=2)
    """

    w: Array

    if TYPE_CHECKING:

        def __init__(self, w: RealArray) -> None: ...

    def __post_init__(self) -> None:
        w = frozen_array(self.w, "w", TRUTH)
        if w.ndim not in (1, 2) or not w.size:
            raise ShapeError(f"w must have one entry or row per coordinate; got shape {w.shape}. {TRUTH}")
        object.__setattr__(self, "w", w)

    @property
    def columns(self) -> Array:
        """The vectors as columns, (d, outputs)."""
        return self.w if self.w.ndim == 2 else self.w[:, None]

    def __repr__(self) -> str:
        outputs = "" if self.w.ndim == 1 else f", outputs={self.w.shape[1]}"
        with np.errstate(over="ignore"):
            return f"Fixed(d={len(self.w)}{outputs}, |w|²={np.sum(self.w**2):.6g})"


Moment = float | Array | Fixed
"""A scalar times the identity, a (d,) diagonal or a (d, d) matrix in the coordinates in use, or a
fixed truth."""

MomentLike = RealNumber | RealArray | Fixed
"""The arguments of ``as_moment``."""


def as_moment(given: object, name: str) -> Moment:
    """The moment, validated."""
    if isinstance(given, Fixed):
        return given
    if isinstance(given, Moments):
        raise SpecError(
            f"{name} must be one second moment; got {given!r}. Joint moments of all truths are "
            f"truths={given!r}, without signal, shifts and gains."
        )
    if isinstance(given, str | bytes | type(None)):
        raise SpecError(refusal(name, "must be a number, an array or Fixed(w)", given, MOMENT))
    if np.isscalar(given) or (isinstance(given, np.ndarray) and given.ndim == 0):
        return non_negative(given, name, "It is a second moment, a scalar times the identity.")
    array = frozen_array(given, name, MOMENT)
    if array.ndim == 2:
        return checked_matrix(array, name, MOMENT)
    if array.ndim != 1:
        raise ShapeError(f"{name} must be a scalar, 1-D or 2-D; got shape {array.shape}. {MOMENT}")
    if (array < 0).any():
        i = int(np.argmax(array < 0))
        raise SpecError(
            f"{name}[{i}] must be non-negative; got {shortest_float(array[i])}. It is a second "
            f"moment: a fixed vector is Fixed(w)."
        )
    return array


def fixed_of(moment: object) -> Fixed | None:
    """A fixed truth as it is; None for a second moment, or nothing."""
    return moment if isinstance(moment, Fixed) else None


def random_moment(moment: Moment | None) -> float | Array | None:
    """A second moment as it is; None for a fixed truth, or nothing."""
    return None if isinstance(moment, Fixed) else moment


def rescaled(moment: Moment, factor: float) -> Moment:
    """The moment of the truth times √factor."""
    if isinstance(moment, Fixed):
        return Fixed(np.sqrt(factor) * moment.w)
    return factor * moment


def is_matrix(moment: object) -> bool:
    """Whether it is a second moment given as a matrix."""
    return isinstance(moment, np.ndarray) and moment.ndim == 2


def same_moment(a: Moment | None, b: Moment | None) -> bool:
    """Whether both say the same."""
    if fixed_of(a) is not None or fixed_of(b) is not None:
        return fixed_of(a) == fixed_of(b)
    return a is b or bool(np.array_equal(a, b))  # type: ignore[arg-type]


def entries_of(moment: object) -> int | None:
    """How many coordinates the moment speaks of; None for a scalar."""
    fixed = fixed_of(moment)
    if fixed is not None:
        return len(fixed.w)
    return len(moment) if isinstance(moment, np.ndarray) else None


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Moments(Value):
    """All second moments W_jk = E[w_j w_kᵀ] of the truths of K sources and, last, the target.

    Use it if sources share a shift, or if truths are correlated in any other way; ``signal``, ``shift`` and
    ``gain`` describe the usual cases.

    Parameters
    ----------
    blocks : sequence of sequences
        K + 1 rows of K + 1 blocks. Each block is a scalar (times I), a (d,) diagonal or a (d, d) matrix, and
        W_kj = W_jkᵀ.

    Raises
    ------
    SpecError, ShapeError
        Not square; blocks that are not transposes of each other; a joint matrix with a negative eigenvalue,
        which is named.

    Notes
    -----
    Source: the cross moments of arXiv 2410.04840 v2, section 2, and all others.

    Examples
    --------
    >>> shared = Moments([[1.5, 1.5, 1.0], [1.5, 1.5, 1.0], [1.0, 1.0, 1.0]])   # w_1 = w_2 ≠ w_t
    >>> shared
    Moments(2 sources and the target)
    """

    blocks: tuple[tuple[float | Array, ...], ...]

    if TYPE_CHECKING:

        def __init__(self, blocks: Sequence[Sequence[RealNumber | RealArray]] | RealArray) -> None: ...

    def __post_init__(self) -> None:
        blocks = _rows(self.blocks)
        object.__setattr__(self, "blocks", blocks)
        _check_transposes(blocks)
        _check_definite(blocks)

    @property
    def entries(self) -> int | None:
        """The dimension d of the blocks; None if all of them are scalars."""
        sizes = {len(b) for row in self.blocks for b in row if isinstance(b, np.ndarray)}
        return next(iter(sizes), None)

    def __repr__(self) -> str:
        return f"Moments({plural(len(self.blocks) - 1, 'source')} and the target)"


def _rows(given: object) -> tuple[tuple[float | Array, ...], ...]:
    given = np.asarray(given) if isinstance(given, np.matrix) else given  # its rows are matrices
    rows = [
        as_list(row, f"blocks[{j}]", "must be a row of blocks", ROWS)
        for j, row in enumerate(as_list(given, "blocks", "must be rows of blocks", ROWS))
    ]
    if len(rows) < 2 or any(len(row) != len(rows) for row in rows):
        lengths = f"rows of {enumerated([str(len(row)) for row in rows])}" if rows else "no rows"
        raise ShapeError(f"blocks must be K + 1 rows of K + 1 blocks for K sources; got {lengths}. {ROWS}")
    blocks = tuple(tuple(_block(b, j, k) for k, b in enumerate(row)) for j, row in enumerate(rows))
    _check_sizes(blocks)
    return blocks


def _block(given: object, j: int, k: int) -> float | Array:
    name = f"blocks[{j}][{k}]"
    one = isinstance(given, str | bytes) or (isinstance(given, np.ndarray) and not given.ndim)
    if one or not hasattr(given, "__len__"):
        return real(given, name, BLOCK)
    block = frozen_array(given, name, BLOCK)
    if block.ndim > 2 or (block.ndim == 2 and block.shape[0] != block.shape[1]) or not block.size:
        raise ShapeError(f"{name} must be a scalar, 1-D or square; got shape {block.shape}. {BLOCK}")
    return block


def _check_sizes(blocks: tuple[tuple[float | Array, ...], ...]) -> None:
    sizes = {
        len(block): f"{plural(len(block), 'coordinate')} in blocks[{j}][{k}]"
        for j, row in enumerate(blocks)
        for k, block in enumerate(row)
        if isinstance(block, np.ndarray)
    }
    if len(sizes) > 1:
        raise ShapeError(
            f"blocks must have one dimension; got {enumerated([*sizes.values()])}. A scalar fits beside any."
        )


def _check_transposes(blocks: tuple[tuple[float | Array, ...], ...]) -> None:
    size = max(float(np.abs(b).max()) for row in blocks for b in row)
    if size > LARGEST_PRODUCT:
        raise SpecError(
            f"blocks must hold numbers that can be added up, to {LARGEST_PRODUCT:g}; got "
            f"{size:.3g}. Give the problem in other units."
        )
    for j, row in enumerate(blocks):
        for k, block in enumerate(row[: j + 1]):
            gap = _gap(np.asarray(block), np.asarray(blocks[k][j]))
            if gap.max() > 1e-14 * size:
                raise SpecError(_unlike(j, k, gap))


def _unlike(j: int, k: int, gap: Array) -> str:
    """Where a block and the transpose of its partner differ, and by how much."""
    place = [int(i) for i in np.unravel_index(gap.argmax(), gap.shape)]
    at = f" at {place}" if place else ""
    if j == k:
        return (
            f"blocks[{j}][{j}] must be symmetric, being a truth's own second moment; it differs "
            f"from its transpose by {gap.max():.3g}{at}. Symmetrise it, if you know why it is not."
        )
    return (
        f"blocks[{j}][{k}] must be the transpose of blocks[{k}][{j}]; they differ by "
        f"{gap.max():.3g}{at}. W_jk = E[w_j w_kᵀ]: make one the transpose of the other."
    )


def _gap(a: Array, b: Array) -> Array:
    """|a − bᵀ|, entry by entry."""
    if max(a.ndim, b.ndim) == 2:
        d = max(len(x) for x in (a, b) if x.ndim)
        a, b = _square(a, d), _square(b, d)
    return np.abs(a - b.T)


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
            f"diagonal of a block blocks[k][k]. E[w_k w_kᵀ] has none: check its sign."
        )
    if (joint != 0)[diagonal == 0].any():
        most = np.abs(joint[diagonal == 0]).max()
        raise SpecError(
            f"joint moments must vanish beside a variance of 0; got a product of {most:.6g}. A "
            f"truth without variance there has no products: set them to 0."
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
