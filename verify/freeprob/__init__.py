"""Expressions in random matrices, sampled and held against what was derived."""

from .sampled import sample

__all__ = ["sample"]
