"""``detequiv derive``: deterministic equivalents from definitions."""

import argparse
from typing import Any

from ..theory import SpecError
from ..theory.base.filled_text import filled
from .list_option import add_list, refuse_beside_list

__all__ = ["add"]

EXAMPLE = "detequiv derive theorem-2 --check"

PROVED = {"theorem-1": 1, "theorem-2": 2}

ELIMINATED = {
    "isotropic": ("isotropic data in closed form: κ, Corollaries 1 and 4", False),
    "isotropic-projected": ("the same of random projections, ridgeless too, in φ and ψ", True),
}

FORMS = {
    "equations": "as text (default)",
    "latex": "in LaTeX",
    "stages": "every stage of the derivation",
    "check": "prove it, or hold it against samples",
}


def add(commands: Any) -> None:
    """Add ``derive`` to the subparsers of the command line."""
    parser = commands.add_parser(
        "derive",
        help="derive a deterministic equivalent from its definition",
        description="Derive the fixed-point equations of a named expectation in random matrices, "
        "print them, and check them: against sampled matrices, and the theorems of the paper "
        "exactly, over the rational numbers.",
        epilog=f"example: {EXAMPLE}",
    )
    parser.add_argument("name", nargs="?", help="which one; --list names them")
    form = parser.add_mutually_exclusive_group()
    add_list(form, "the names and what they are")
    for name, text in FORMS.items():
        form.add_argument(
            f"--{name}", dest="form", action="store_const", const=name, default="equations",
            help=text,
        )  # fmt: skip
    parser.add_argument(
        "--closed",
        action="store_true",
        help="the closed form in the effective ridge, where there is one covariance",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, help="of --check (default: 0)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print; 1 where a check fails."""
    from ..theory.base.text_table import aligned
    from ..theory.freeprob.derivations.named_expectations import OBJECTS, derived, named

    if options.list:
        refuse_beside_list(options)
        rows = [("name", "what it is"), *((name, x.title) for name, x in OBJECTS.items())]
        rows += [(name, title) for name, (title, _) in ELIMINATED.items()]
        print(aligned(rows, words=2))
        return 0
    if options.name is None:
        raise SpecError("name what to derive; --list has the names.")
    _refuse_unused(options)
    if options.name in ELIMINATED:
        return _eliminated(options)
    if options.form == "stages":
        from ..theory.freeprob import stages

        print(stages(named(options.name).build()))
        return 0
    system = derived(options.name)
    if options.form == "check":
        return _checked(options.name, system, 0 if options.seed is None else options.seed)
    result = _closed(system) if options.closed else system
    if options.form == "latex":
        print(result.latex())
        return 0
    remark = "" if options.closed else f"{system.remark} "
    print(f"{result}\n\n{filled(remark + system.assumptions)}")
    return 0


def _refuse_unused(options: argparse.Namespace) -> None:
    """Refuse options that would have no effect beside the others."""
    form = options.form
    further = form in ("stages", "check")
    if options.name in ELIMINATED and (further or options.closed):
        flag = f"--{form if further else 'closed'}"
        raise SpecError(
            f"{flag} does not apply to {options.name}, which is a closed form found by exact "
            f"elimination, without stages or checks. Omit {flag}."
        )
    if further and options.closed:
        raise SpecError(
            f"--closed applies only to --equations and --latex; got --{form}. Omit one of the two."
        )
    if options.seed is not None and form != "check":
        raise SpecError(
            f"--seed applies only to --check; got --seed {options.seed} with --{form}. Pass "
            f"--check in place of --{form}, or omit --seed."
        )


def _closed(system: Any) -> Any:
    from ..theory.freeprob import closed_form
    from ..theory.freeprob.derivations.named_expectations import by_total

    return closed_form(system, replaced=by_total(system))


def _eliminated(options: argparse.Namespace) -> int:
    """Closed forms; what they follow from is exact, so that there is nothing more to check."""
    from ..theory.freeprob.derived_theorems.isotropic_expressions import isotropic_theorem
    from ..theory.freeprob.symbols.printing import plain

    form = isotropic_theorem(projected=ELIMINATED[options.name][1])
    if options.form == "latex":
        print(form.latex())
        return 0
    print(f"Σ = 1, φ = d/n, ψ = m/n, κ the effective ridge; eliminated exactly:\n{form}")
    for κ, limit in form.ridgeless.items():
        print(f"\nwithout ridge, κ = {plain(κ)}:\n{limit}")
    return 0


def _checked(name: str, system: Any, seed: int) -> int:
    from ..verify import Verdict
    from ..verify.freeprob import check, proved_symbolically, proved_theorem
    from ..verify.freeprob.example_values import example_values

    good = True
    if name in PROVED:
        proof = proved_theorem(PROVED[name], seed=seed)
        print(f"{filled(str(proof))}\n")
        symbolic = proved_symbolically(PROVED[name])
        print(f"{symbolic}\n")
        good = proof.right and not proof.printed and symbolic.proved
    agreement = check(system, example_values(system), seed=seed)
    print(agreement)
    return 0 if good and agreement.verdict is Verdict.AGREES else 1
