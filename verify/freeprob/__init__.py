"""Expressions in random matrices, sampled and held against what was derived."""

from .checked import check
from .sampled import sample

__all__ = ["check", "sample"]
