"""Which inverses are accepted: those that exist for every strength of the Gaussian matrices.

Why this is needed. Let s multiply every Gaussian matrix, so that h = s² multiplies every variance,
and let the inverses of an expression be bounded for s in [−1, 1], with a probability that tends to
1, by a number that does not grow with the dimensions. Then so is the inverse of the pencil (its
Schur complements are the inverses, and reducing it to where the solution lives loses nothing), and
by a Neumann series it is for complex s near the interval: the normalised traces are analytic there
and bounded. For small s they come, power by power, ever closer to the one small solution of the
equations. By Vitali's theorem they do so near all of [−1, 1] to its analytic continuation, which
solves the equations as well: that is the branch which is followed from h = 0 to 1.

No other branch meets it there. All of this is true of pencils with small deterministic matrices D
added to them, too. So G has a derivative along each D, and G′ − hG η(G′) G = −G D G. The right
sides are everything, hence 1 − hG η(·) G is invertible, and with it 1 − hΦ′ of the unknowns: its
determinant, 1 at h = 0, stays positive.

What is shown. Let P and Q be positive semidefinite for all draws, c > 0 a scalar, K = −Kᵀ.

* c + P + K, or anything bounded below instead of c, such as the inverse of a P. The real part
  of ⟨x, (c + P + K)x⟩ is at least c|x|², so the inverse is bounded by 1/c.
* c + PQ. With B = Q^½ P Q^½ it has the inverse (1 − P Q^½ (c + B)⁻¹ Q^½)/c, which is bounded by
  (1 + |P||Q|/c)/c. (With three factors there is none in general: the eigenvalues of PQP′ may be
  anywhere in the plane.)
* Symmetric matrices. Nothing is shown of these. But their eigenvalues are real: where they come to
  0 at some h, the branch ceases to be real, and cannot be followed any further.

None of it depends on s. Values of scalars are held to the signs that their symbols were declared
with, and covariances to be semidefinite; all else is structure, up to equality for all matrices.
"""

import dataclasses
import functools
from collections.abc import Collection, Iterable, Sequence

import sympy

from ...base.errors import SpecError
from ..symbols.elimination import SINGULAR
from ..symbols.primes import MATRIX_PRIME
from ..symbols.scalar_table import Scalars
from .expression import Gaussian
from .modular import SmallMatrices, is_symmetric
from .operations import Identity, Inverse, Matrix, Product, Sum, sum_of
from .traversal import inverses, leaves

__all__ = ["check_regular", "is_provably_regular"]

Term = tuple[sympy.Expr, Matrix]


def check_regular(expressions: Sequence[Matrix]) -> None:
    """Refuses an inverse in the expressions that cannot be shown to exist.

    Covariances anywhere in them are known to be semidefinite.
    """
    gaussians = {x for e in expressions for x in leaves(e) if isinstance(x, Gaussian)}
    covariances = {c for x in gaussians for c in (x.law.row, x.law.column)}
    for inner in dict.fromkeys(inner for e in expressions for inner in inverses(e)):
        if not is_provably_regular(inner, covariances):
            raise SpecError(
                f"the inverse of {inner} cannot be shown to exist: it is not symmetric, and its "
                f"eigenvalues may come to 0 anywhere in the plane. Inverses of lam * I + P @ Q and "
                f"lam * I + P + K are, for P and Q made of X.T @ C @ X and covariances, their "
                f"inverses and sums, for K.T = -K, and for scalars declared positive; or write it "
                f"with symmetric ones, as (S.T @ M @ S + lam * identity(m)).inv() for "
                f"S (M S S.T + lam)⁻¹."
            )
        if not _regular_without_randomness(inner):
            raise SpecError(SINGULAR)


def _regular_without_randomness(inner: Matrix) -> bool:
    """Whether it is regular for some letters if Gaussian matrices are 0: nothing is followed from
    there else, and it may be singular with certainty. (An antisymmetric matrix needs an even
    dimension.)"""
    for size in (5, 6):
        try:
            SmallMatrices(Scalars(), size=size, still=True).matrix(Inverse(inner))
        except SpecError:
            continue
        return True
    return False


def is_provably_regular(inner: Matrix, covariances: Collection[Matrix] = ()) -> bool:
    """Whether a square expression is symmetric, or has an inverse for every draw and strength.

    covariances : deterministic expressions whose values are known to be positive semidefinite.

    >>> from detequiv.theory.freeprob import Deterministic, dimensions, identity
    >>> n, d = dimensions("n d")
    >>> X, S = Gaussian(n, d, "X"), Gaussian(d, d, "S")
    >>> is_provably_regular(X.T @ X @ S @ S.T + identity(d))
    True
    >>> is_provably_regular(X.T @ X @ S + identity(d))
    False
    """
    if is_symmetric(inner):
        return True
    shown = _InvertibilityProof(frozenset(covariances), SmallMatrices.large(inner))
    return any(
        shown.bounded_below(terms) or shown.product_of_two(terms)
        for terms in map(_terms, (inner, -inner, inner.T, -inner.T))
    )


@dataclasses.dataclass(frozen=True, eq=False)
class _InvertibilityProof:
    """Provable properties of the parts of an expression."""

    covariances: Collection[Matrix]
    values: SmallMatrices

    def bounded_below(self, terms: Sequence[Term]) -> bool:
        """Whether it is c + P + K."""
        positive = [(c, x) for c, x in terms if _nonnegative(c) and self.semidefinite(x)]
        rest = [term for term in terms if term not in positive]
        definite = any(_positive(c) and self.definite(x) for c, x in positive)
        return definite and (not rest or self._antisymmetric(sum_of(tuple(rest))))

    def product_of_two(self, terms: Sequence[Term]) -> bool:
        """Whether it is c + PQ, also where P is a sum that is written out."""
        others = [(c, _factors(x)) for c, x in terms if not isinstance(x, Identity)]
        c = sum((c for c, x in terms if isinstance(x, Identity)), sympy.S.Zero)
        if not _positive(c) or not all(_nonnegative(c) for c, _ in others):
            return False
        words = [word for _, word in others]
        return any(
            all(len(word) >= length and word[-length:] == words[0][-length:] for word in words)
            and self._semidefinite(words[0][-length:])
            and all(self._semidefinite(word[:-length]) for word in words)
            for length in range(1, len(words[0]) + 1)
        )

    def semidefinite(self, node: Matrix) -> bool:
        """Whether it is positive semidefinite, where its inverses exist."""
        if node in self.covariances:
            return True
        match node:
            case Identity():
                return True
            case Inverse(of):
                return self.semidefinite(of)
            case Sum(terms):
                return all(_nonnegative(c) and self.semidefinite(x) for c, x in terms)
            case Product(factors):
                return self._semidefinite(factors)
        return False

    def definite(self, node: Matrix) -> bool:
        """Whether it is at least a positive multiple of the identity."""
        match node:
            case Identity():
                return True
            case Inverse(of):
                return self.semidefinite(of)
            case Sum(terms):
                return self.semidefinite(node) and any(_positive(c) and self.definite(x) for c, x in terms)
        return False

    def _semidefinite(self, word: tuple[Matrix, ...]) -> bool:
        """Whether a product is: Xᵀ C X of a C that is, or of such letters as commute."""
        if len(word) <= 1:
            return all(map(self.semidefinite, word))
        if not any(x.random for x in word) and word[0].rows.commuting:
            return all(map(self.semidefinite, self._unpaired(word)))
        return any(
            self._transposed(word[:k], word[-k:]) and self._semidefinite(word[k:-k])
            for k in range(1, len(word) // 2 + 1)
        )

    def _unpaired(self, word: Iterable[Matrix]) -> list[Matrix]:
        """The factors that occur an odd number of times: squares are semidefinite."""
        odd: dict[bytes, Matrix] = {}
        for x in word:
            value = self.values.matrix(x).tobytes()
            if odd.pop(value, None) is None:
                odd[value] = x
        return list(odd.values())

    def _transposed(self, left: tuple[Matrix, ...], right: tuple[Matrix, ...]) -> bool:
        if left[0].rows != right[-1].columns or left[-1].columns != right[0].rows:
            return False
        a, b = (functools.reduce(Matrix.__matmul__, x) for x in (left, right))
        return bool((self.values.matrix(a) == self.values.matrix(b).T).all())

    def _antisymmetric(self, expression: Matrix) -> bool:
        value = self.values.matrix(expression)
        return not ((value + value.T) % MATRIX_PRIME).any()


def _terms(expression: Matrix) -> Sequence[Term]:
    return expression.terms if isinstance(expression, Sum) else ((sympy.S.One, expression),)


def _factors(matrix: Matrix) -> tuple[Matrix, ...]:
    return matrix.factors if isinstance(matrix, Product) else (matrix,)


def _positive(c: sympy.Expr) -> bool:
    return _as_checked(c).is_positive is True


def _nonnegative(c: sympy.Expr) -> bool:
    return _as_checked(c).is_nonnegative is True


def _as_checked(c: sympy.Expr) -> sympy.Expr:
    """With no assumptions but those that values are held to: that they are real, or positive."""
    known = {
        x: sympy.Dummy(positive=True) if x.is_positive else sympy.Dummy(real=True) for x in c.free_symbols
    }
    return c.xreplace(known)
