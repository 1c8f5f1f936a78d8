"""Random streams: the root seed of a run, and the seed of each trial.

A run has one root seed, and trial i draws from child i of it: the numpy Generator of
``SeedSequence(root, spawn_key=(i,))``. Longer runs therefore extend shorter ones, any trial can be
replayed, and neither executor nor number of workers changes a bit. A root is an integer, or the
32-bit words of a SeedSequence as a tuple; ``numpy.random.SeedSequence(root)`` is the root itself.
"""

import operator
from collections.abc import Iterable, Iterator
from typing import Any, SupportsIndex

import numpy as np

from ...theory import SpecError
from ...theory.base.wording import short_repr

__all__ = ["DEFAULT_SEED", "RNG", "Root", "Seed", "checked_seed", "root_seed", "trial_seed"]

Root = int | tuple[int, ...]
"""The ``seed`` that a result records."""

Seed = SupportsIndex | tuple[int, ...]
"""The values of ``seed=``: a non-negative integer, or the ``seed`` of a result."""

RNG = SupportsIndex | np.random.SeedSequence | np.random.BitGenerator | np.random.Generator
"""The values of ``rng=``."""

WORD = 32
"""Bits of the words that a SeedSequence mixes."""


class _Default(int):
    """An integer that can be told from the same integer passed by a caller."""


DEFAULT_SEED = _Default(0)
"""The seed of a call that passes neither ``seed`` nor ``rng``: 0."""


def root_seed(seed: Seed = DEFAULT_SEED, rng: RNG | None = None) -> Root:
    """The root seed of a run from the arguments ``seed`` and ``rng`` of a public function.

    Parameters
    ----------
    seed : int or tuple of int
        A non-negative integer, or the ``seed`` of a result.
    rng : int, SeedSequence, BitGenerator, Generator or None
        An integer is a seed. A SeedSequence is the root itself: its children are built by their
        index and not spawned, so the same SeedSequence gives the same trials again. From a Generator
        (a BitGenerator is wrapped in one) 64 bits are drawn and are the root: passed twice, it gives
        different trials. None takes ``seed``.

    Returns
    -------
    int or tuple of int
        The root; ``seed=root`` repeats the run.

    Raises
    ------
    SpecError
        Both arguments, another type, a negative integer, or a SeedSequence with a pool size other
        than numpy's default.

    Notes
    -----
    The arguments follow `SPEC 7 <https://scientific-python.org/specs/spec-0007/>`_, except that
    None does not draw entropy from the operating system: results are repeatable by default.

    Examples
    --------
    >>> root_seed(7) == root_seed(rng=7) == root_seed(rng=np.random.SeedSequence(7))
    True
    >>> rng = np.random.default_rng(7)
    >>> root_seed(rng=rng) == root_seed(rng=rng)
    False
    """
    if rng is None:
        return checked_seed(seed)
    if seed is not DEFAULT_SEED:
        raise SpecError(
            f"pass seed or rng, not both; got seed={short_repr(seed)} and rng={_named(rng)}. Omit one."
        )
    if isinstance(rng, np.random.SeedSequence):
        return _root_of(rng)
    if isinstance(rng, np.random.BitGenerator):
        rng = np.random.Generator(rng)
    if isinstance(rng, np.random.Generator):
        return int(rng.integers(2**64 - 1, dtype=np.uint64, endpoint=True))
    number = _non_negative_integer(rng)
    if number is None:
        raise SpecError(
            f"rng must be a non-negative integer, or a SeedSequence, BitGenerator or Generator of "
            f"numpy.random; got {_named(rng)}. Write rng=numpy.random.default_rng()."
        )
    return number


def checked_seed(seed: Any) -> Root:
    """``seed`` as a root: a non-negative integer, or the words that a result recorded.

    >>> checked_seed(np.int64(3)), checked_seed((5, 0, 0, 0, 3))
    (3, (5, 0, 0, 0, 3))
    """
    if isinstance(seed, tuple) and seed and all(_is_word(word) for word in seed):
        return seed
    number = _non_negative_integer(seed)
    if number is None:
        raise SpecError(
            f"seed must be a non-negative integer; got {short_repr(seed)}. To draw one at random, pass "
            f"rng=numpy.random.default_rng()."
        )
    return number


def trial_seed(seed: Seed, trial: int) -> np.random.SeedSequence:
    """The seed of one trial, to draw it again: child ``trial`` of the root.

    Parameters
    ----------
    seed : int or tuple of int
        The root; the ``seed`` of a result.
    trial : int
        The index of the trial, from 0.

    Returns
    -------
    numpy.random.SeedSequence
        Pass it to ``numpy.random.default_rng``.

    Raises
    ------
    SpecError
        A seed that is not a root.

    Examples
    --------
    >>> trial_seed(0, 2).spawn_key == np.random.SeedSequence(0).spawn(3)[2].spawn_key
    True
    """
    return np.random.SeedSequence(checked_seed(seed), spawn_key=(trial,))


def _named(rng: object) -> str:
    return short_repr(rng).partition(" at 0x")[0]


def _non_negative_integer(value: Any) -> int | None:
    try:
        number = operator.index(value)
    except TypeError:
        return None
    return None if number < 0 or isinstance(value, bool | np.bool_) else number


def _is_word(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**WORD


def _root_of(sequence: np.random.SeedSequence) -> Root:
    """The integer it was made from, or all words that it mixes, those of its spawn key included."""
    if sequence.pool_size != np.random.SeedSequence(0).pool_size:
        raise SpecError(
            f"rng must be a SeedSequence of the default pool size; got pool_size = "
            f"{sequence.pool_size}. Write numpy.random.SeedSequence(entropy)."
        )
    entropy: Any = sequence.entropy
    number = _non_negative_integer(entropy)
    if number is not None and not sequence.spawn_key:
        return number
    words = [*_words(entropy)]
    if sequence.spawn_key:
        words += [0] * (sequence.pool_size - len(words))
        words += _words(sequence.spawn_key)
    return tuple(words)


def _words(entropy: int | Iterable[int]) -> Iterator[int]:
    """The 32-bit words of an integer, the lowest first, or of several in turn."""
    if isinstance(entropy, Iterable):
        for number in entropy:
            yield from _words(number)
        return
    rest = operator.index(entropy)
    yield rest % 2**WORD
    while rest := rest >> WORD:
        yield rest % 2**WORD
