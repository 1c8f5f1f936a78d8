"""Expressions in random matrices, sampled and held against what was derived."""

from .isotropic_expressions import IsotropicForm, isotropic
from .proofs import Proof, proved_theorem
from .sample_check import check
from .sampling import sample
from .symbolic_proof import SymbolicProof, proved_symbolically

__all__ = [
    "IsotropicForm", "Proof", "SymbolicProof", "check", "isotropic", "proved_symbolically",
    "proved_theorem", "sample",
]  # fmt: skip
