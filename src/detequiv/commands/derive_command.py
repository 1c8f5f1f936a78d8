"""``detequiv derive``: deterministic equivalents from definitions."""

import argparse
from typing import Any

from ..theory import SolveError, SpecError
from ..theory.base.filled_text import filled
from ..theory.base.wording import enumerated, suggestion
from .list_option import add_list, refuse_beside_list

__all__ = ["add"]

EXAMPLE = "detequiv derive theorem-2 --check"

PROVED = {"theorem-1": 1, "theorem-2": 2}

ELIMINATED = {
    "isotropic": ("isotropic data in closed form: κ, Corollaries 1 and 4", False),
    "isotropic-projected": ("the same for random projections, with ridgeless limits, in φ and ψ", True),
}

FORMS = {
    "closed": "the closed form in the effective ridge (default, if there is one)",
    "system": "the system of fixed-point equations",
    "stages": "every stage of the derivation",
    "check": "prove it, or compare it with samples",
}


def add(commands: Any) -> None:
    """Add ``derive`` to the subparsers of the command line."""
    parser = commands.add_parser(
        "derive",
        help="derive a deterministic equivalent from its definition",
        description="Derive a named expectation in random matrices and print its closed form or its "
        "fixed-point equations. --check compares it with sampled matrices, and proves the theorems of the "
        "paper exactly, over the rational numbers.",
        epilog=f"example: {EXAMPLE}",
    )
    parser.add_argument("name", nargs="?", help="name of the expectation; --list shows the names")
    form = parser.add_mutually_exclusive_group()
    add_list(form, "list the names and their meanings")
    for name, text in FORMS.items():
        form.add_argument(f"--{name}", dest="form", action="store_const", const=name, help=text)
    parser.add_argument("--latex", action="store_true", help="print LaTeX instead of text")
    parser.add_argument("--seed", type=int, help="seed of --check (default: 0)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the expectation; returns 1 if a check fails."""
    from ..theory.base.text_table import with_prose
    from ..theory.freeprob.derivations.named_expectations import OBJECTS, derived, named

    if options.list:
        refuse_beside_list(options)
        rows = [("name", "meaning"), *((name, x.title) for name, x in OBJECTS.items())]
        rows += [(name, title) for name, (title, _) in ELIMINATED.items()]
        print(with_prose(rows))
        return 0
    if options.name is None:
        raise SpecError("no name given; --list shows the names.")
    if options.name not in (names := [*OBJECTS, *ELIMINATED]):
        raise SpecError(f"unknown expectation {options.name!r}{suggestion(options.name, names)}")
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
    result, remark = (
        (system, system.remark) if options.form == "system" else _closed_or_system(options, system)
    )
    if options.latex:
        print(result.latex())
    else:
        print(f"{result}\n\n{filled(f'{remark} {system.assumptions}')}")
    return 0


def _closed_or_system(options: argparse.Namespace, system: Any) -> tuple[Any, str]:
    """The closed form, and how to get the system; without a closed form the system, and why."""
    try:
        form = _closed(system)
    except (SpecError, SolveError) as error:
        if options.form == "closed":
            raise
        return system, f"There is no closed form: {error} {system.remark}"
    return form, f"detequiv derive {options.name} --system prints the fixed-point equations."


def _refuse_unused(options: argparse.Namespace) -> None:
    """Refuse options that would have no effect."""
    form = options.form
    if options.name in ELIMINATED and form not in (None, "closed"):
        raise SpecError(
            f"--{form} does not apply to {options.name}, which is a closed form found by exact "
            f"elimination, without stages or checks. Omit --{form}."
        )
    if options.latex and form in ("stages", "check"):
        raise SpecError(f"--latex applies only to --closed and --system; got --{form}. Omit one of the two.")
    if options.seed is not None and form != "check":
        raise SpecError(
            f"--seed applies only to --check; got --seed {options.seed} without it. Add --check, or omit "
            f"--seed."
        )


def _closed(system: Any) -> Any:
    from ..theory.freeprob import closed_form
    from ..theory.freeprob.derivations.named_expectations import by_total

    return closed_form(system, replaced=by_total(system))


def _eliminated(options: argparse.Namespace) -> int:
    """Closed forms that follow by exact elimination."""
    from ..theory.freeprob.derived_theorems.isotropic_expressions import isotropic_theorem
    from ..theory.freeprob.symbols.printing import plain

    form = isotropic_theorem(projected=ELIMINATED[options.name][1])
    if options.latex:
        print(form.latex())
        return 0
    print(f"Σ = 1, φ = d/n, ψ = m/n, κ the effective ridge:\n{form}")
    for κ, limit in form.ridgeless.items():
        print(f"\nwithout ridge, κ = {plain(κ)}:\n{limit}")
    return 0


def _checked(name: str, system: Any, seed: int) -> int:
    from ..theory.freeprob.symbols.space_dimensions import SpaceDimension
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
    values = example_values(system)
    agreement = check(system, values, seed=seed)
    sizes = [f"{key} = {value}" for key, value in values.items() if isinstance(key, SpaceDimension)]
    print(
        filled(
            f"The derived value (predicted) was compared with the mean over random matrices (simulated), at "
            f"{enumerated(sizes)}:"
        )
    )
    print(f"\n{agreement}")
    return 0 if good and agreement.verdict is Verdict.AGREES else 1
