"""High-precision reference values of the master equations.

The equations are used as they are usually written, in the unknowns f_k and κ, and their
cancellations are beaten by working with more digits; every answer is computed at several
precisions, and its equations are checked. Slow and plain on purpose: this is what a solver is
judged against, so it shares no formula, variable or code with one.

A problem is a plain dictionary ("description"):

    model         "linear", "random" (projection, S with iid N(0, s2) entries), "orthogonal"
                  (projection, SᵀS = 1) or "features" (act(Sᵀx), S as for "random")
    width         m, the number of columns of S; None for the linear model
    s2            variance of the entries of S; None for 1/d, for features 1/tr Σ_1
    activation    of the features, see `reference.activations`
    ridge         λ ≥ 0, multiplies |v|² after a loss that is divided by n; 0 for the limit
    multiplicity  how often each eigenvalue occurs (real); None for once each
    target        covariance of the target; None for that of the first source
    truth         E[w_t w_tᵀ], or {"fixed": w_t}
    sources       list of {samples, weight, noise, gain, spectrum, shift}: w_k = gain·w_t + δ_k,
                  spectrum = Σ_k, shift = E[δ_k δ_kᵀ] or {"fixed": δ_k} or None; noise = Var ε
    moments       in place of truth, gains and shifts: rows of blocks E[w_j w_kᵀ], target last

A covariance or second moment is a number (times I), a list (diagonal) or a list of lists; fixed
vectors are (d,) or (d, outputs). Numbers are ints, floats (taken exactly), mpmath numbers or
strings such as "1/36". The test error excludes the noise of the target.
"""

from __future__ import annotations

from dataclasses import fields

from mpmath import mpf

from .errors import SHOWN as SHOWN
from .errors import Reference as Reference
from .errors import evaluate_at
from .limit import limit
from .point import ReferenceFailure as ReferenceFailure
from .point import beginning, descend, top
from .problem import Description, context, read


def enough_digits(description: Description) -> int:
    """80, and two more for every decade by which the ridge is small."""
    problem = read(description, context(30))
    start, _ = beginning(problem)
    return 80 + 2 * int(problem.ctx.log10(start / problem.ridge))


def numbers(reference: Reference) -> list[mpf]:
    """All compared values in a row."""
    values: list[mpf] = []
    for field in fields(reference):
        value = getattr(reference, field.name)
        if field.name not in ("residual", "digits"):
            values += value if isinstance(value, list) else [value]
    return [v for v in values if v is not None]


def compare(rough: Reference, fine: Reference) -> None:
    """Raise unless two evaluations agree to SHOWN digits, each value relative to itself.

    Only a collapse that is 0 up to 30 digits of its scale is compared relative to that scale.
    """
    negligible = fine.collapse_scale / 10**30
    for x, y in zip(numbers(rough), numbers(fine), strict=True):
        size = max(abs(y), negligible) if y is fine.collapse else abs(y)
        if abs(x - y) > size / 10**SHOWN:
            raise ReferenceFailure(f"{rough.digits} and {fine.digits} digits give {x} and {y}")


def reference(description: Description, digits: int | None = None) -> Reference:
    """Solve a description at two precisions, `digits` and 80 more, and compare.

    At ridge 0 it is the limit, see `reference.limit`, which chooses its own digits.
    """
    if description["ridge"] == 0:
        return limit(description)
    digits = enough_digits(description) if digits is None else digits
    rough_problem = read(description, context(digits))
    fine_problem = read(description, context(digits + 80))
    logs = descend(rough_problem, top(rough_problem), rough_problem.ridge).logs
    rough = evaluate_at(rough_problem, rough_problem.ridge, logs)
    fine = evaluate_at(fine_problem, fine_problem.ridge, logs)
    compare(rough, fine)
    return fine
