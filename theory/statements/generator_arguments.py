"""Arguments that the closed forms for fitted generators have in common."""

from ..base.errors import SpecError
from ..base.validation import as_sequence, count, non_negative, positive, refusal

__all__ = ["COUNTS", "ROUNDS", "WEIGHTS", "Pair", "counts_of", "dimension_of", "pair_of", "two_of"]

COUNTS = "They are n_1 of the real and n_2 of the synthetic samples."
WEIGHTS = "They are a_1 of the real and a_2 of the synthetic samples."
ROUNDS = "Give one per round, the real data first."

Pair = tuple[float, float]


def dimension_of(given: object) -> float:
    return positive(given, "dimension", "It is d.")


def counts_of(given: object, least: int) -> tuple[int, int]:
    """(n_1, n_2), with at least so many real samples."""
    n1, n2 = two_of(given, "counts", COUNTS)
    return count(n1, "counts[0]", least, COUNTS), count(n2, "counts[1]", 0, COUNTS)


def pair_of(given: object, name: str, remedy: str) -> Pair:
    first, second = two_of(given, name, remedy)
    return non_negative(first, name, remedy), non_negative(second, name, remedy)


def two_of(given: object, name: str, remedy: str) -> list[object]:
    values: list[object] = as_sequence(given, name, "must be two numbers", remedy)
    if len(values) != 2:
        raise SpecError(refusal(name, "must be two numbers", given, remedy))
    return values
