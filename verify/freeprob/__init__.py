"""Expressions in random matrices, sampled and compared with their derived expectations."""

from .proofs import Proof, proved_theorem
from .sample_check import check
from .sampling import sample
from .symbolic_proof import SymbolicProof, proved_symbolically

__all__ = ["Proof", "SymbolicProof", "check", "proved_symbolically", "proved_theorem", "sample"]
