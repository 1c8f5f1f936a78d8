"""Expressions in random matrices, sampled and held against what was derived."""

from .checked import check
from .proofs import Proof, proved_theorem
from .sampled import sample

__all__ = ["Proof", "check", "proved_theorem", "sample"]
