"""What is printed: every symbol is a parameter or defined, and no two things are printed alike."""

import functools
import random
import re
from typing import Any

import pytest
import sympy

import detequiv as de
from detequiv.theory.freeprob import stages
from detequiv.theory.freeprob.derivations.named_expectations import OBJECTS, by_total, derived, named
from detequiv.theory.freeprob.symbols.printing import printed_name
from helpers.refusals import Facts, refused

fp = de.freeprob
n, d, p, q = fp.dimensions("n d p q")
lam = sympy.Symbol("lam", positive=True)
I = fp.identity(d)
A, B, Σ = (fp.Deterministic(d, name) for name in ("A", "B", "Sigma"))
X = fp.Gaussian(n, d, "X", variance=1 / n, column_covariance=Σ)
R = (X.T @ X + lam * I).inv()

COMMANDS = {
    *("operatorname", "left", "right", "frac", "begin", "end", "aligned", "quad", "simeq", "top"),
    *("tr", "sqrt", "mathrm"),
}
PROSE = (
    *("Pencil,", "Smallest pencil,", "All of them", "Components", "Covariance map", "Equations, G"),
    *("Reduced from", "Not reduced", "There are no unknowns"),
)


def text_names(text: str) -> set[str]:
    """The names in a line of text."""
    return set(re.findall(r"[^\W\d]\w*", re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀ]", " ", text)))


def latex_names(text: str) -> set[str]:
    """The names in a line of LaTeX."""
    text = text.replace(r"\mathrm{df}", "df")
    names = re.findall(r"\\?[A-Za-z]+(?:_\{[^{}]*\})?", text)
    return {name for name in names if name.lstrip("\\") not in COMMANDS}


def parameters(system: fp.System) -> list[str]:
    spaces = [x for x in system.expression.free_symbols if isinstance(x, fp.SpaceDimension)]
    return [*system.taken_names, *(f"I_{x}" for x in spaces)]


def undefined(shown: Any, system: fp.System, more: set[str] = frozenset()) -> set[str]:  # type: ignore[assignment]
    """The names in the text and the LaTeX of a system or closed form that stand for nothing."""
    names = [*parameters(system), *more]
    lines = str(shown).splitlines()
    known = {"tr"} | {x for name in names for x in text_names(printed_name(name)[0])}
    known |= {
        x
        for line in lines[1:]
        if line.startswith("  ") and " = " in line
        for x in text_names(line.split(" = ")[0])
    }
    if any(line.startswith("  T = θ") for line in lines):  # and so is θ, by λ
        known.add("θ")
    found = {x for line in lines for x in text_names(line)} - known
    rows = [row for row in shown.latex().splitlines() if not row.startswith(r"\begin")]
    known = {x for name in names for x in latex_names(printed_name(name)[1])}
    known |= {x for row in rows if "&=" in row for x in latex_names(row.split("&=")[0])}
    known |= {r"\theta"} if "T" in known else set()
    return found | ({x for row in rows for x in latex_names(row)} - known)


def undefined_in_stages(found: fp.Stages) -> set[str]:
    text = str(found)
    names = {x for name in parameters(found.full) for x in text_names(printed_name(name)[0])}
    names |= {"tr", "G", "η", "result", found.pencil_names.identity, found.pencil_names.input}
    lines = [line for line in text.splitlines() if not line.startswith(PROSE)]
    names |= {
        x
        for line in lines
        if line.startswith("  ") and " = " in line
        for x in text_names(line.split(" = ")[0])
    }
    used = {x for line in lines for x in text_names(line)}
    return {x for x in used - names if not re.fullmatch(r"x\d+", x)}


def closed(system: fp.System) -> fp.ClosedForm | None:
    try:
        return fp.closed_form(system, replaced=by_total(system))
    except (de.SpecError, de.SolveError):
        return None


@pytest.mark.parametrize("name", [x for x in OBJECTS if x != "features-error"])
def test_every_symbol_of_a_named_object_is_defined(name: str) -> None:
    system = derived(name)
    assert not undefined(system, system) and not undefined(system.full, system)
    assert not undefined_in_stages(stages(named(name).build()))
    form = closed(system)
    if form is not None:
        assert not undefined(form, system, {"n"})


def chain(*shapes: tuple[Any, Any]) -> Any:
    factors = [fp.Gaussian(*shape, f"X{i + 1}", variance=1 / shape[0]) for i, shape in enumerate(shapes)]
    return functools.reduce(lambda a, b: a @ b, factors)


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize(
    "shapes",
    [((n, p), (p, d)), ((n, p), (p, q), (q, d)), ((n, n), (n, n), (n, d)), ((d, p), (p, d))],
    ids=str,
)
def test_every_symbol_of_products_of_gaussian_matrices_is_defined(shapes: Any, power: int) -> None:
    """Of three, λ and the trace are functions of τ₃, whose equation has τ₂."""
    Y = chain(*shapes)
    for M in (Y.T @ Y, Y @ Y.T):
        system = fp.derive(fp.trace((M + lam * fp.identity(M.rows)).inv() ** power))
        form = closed(system)
        assert form is not None and not undefined(form, system) and not undefined(system, system)


@functools.cache
def drawn_expression(seed: int) -> sympy.Expr:
    choose = random.Random(seed)
    Y = fp.Gaussian(n, d, "Y", variance=1 / n, row_covariance=fp.Deterministic(n, "N"))
    W = fp.Gaussian(d, p, "W", variance=1 / d)
    pool = [
        A,
        B,
        A @ Σ,
        (A + B).inv(),
        (Σ + lam * I).inv(),
        X.T @ X,
        Y.T @ X,
        W @ W.T,
        R,
        W @ (W.T @ X.T @ X @ W + lam * fp.identity(p)).inv() @ W.T,
        (Y.T @ Y + (A + I).inv() @ (A + I).inv() + lam * I).inv(),
    ]
    factors = [choose.choice(pool) for _ in range(choose.randrange(1, 4))]
    product = functools.reduce(lambda a, b: a @ b, factors)
    return fp.trace(product) * fp.trace(choose.choice(pool)) / d + lam * d


@pytest.mark.parametrize("seed", range(20))
def test_every_symbol_of_a_random_expression_is_defined(seed: int) -> None:
    expression = drawn_expression(seed)
    found = stages(expression)
    assert not undefined(found.system, found.system) and not undefined(found.full, found.system)
    assert not undefined_in_stages(found)
    form = closed(found.system)
    assert form is None or not undefined(form, found.system)


def test_what_is_a_closed_form_already_is_said_to_be() -> None:
    """Without an equation there is nothing to eliminate; letters need no inverse to be printed."""
    with refused(de.SpecError, "lam*tr(A)**2", "no unknowns inverse", remedy="closed form"):
        fp.closed_form(fp.derive(lam * fp.trace(A) ** 2))
    Y = chain((n, d))
    form = fp.closed_form(fp.derive(fp.trace(A) * fp.trace((Y.T @ Y + lam * I).inv())))
    assert "tr(A)" in str(form)


def test_degrees_of_freedom_of_any_order_are_defined() -> None:
    system = fp.derive(fp.trace(R**6))
    form = fp.closed_form(system)
    assert not undefined(form, system)
    assert "df₆ = tr(Σ⁶ T⁻⁶)" in str(form)


@pytest.mark.parametrize(
    "options",
    [
        {"ridge": sympy.Symbol("lam")},
        {"ridge": sympy.Symbol("mu")},
        {"replaced": {"n": d}},
        {"replaced": {sympy.Symbol("n"): d}},
    ],
    ids=str,
)
def test_a_closed_form_is_told_only_of_symbols_that_it_has(options: dict[str, Any]) -> None:
    """Another symbol of the same name would be replaced nowhere."""
    (given,) = [value if name == "ridge" else next(iter(value)) for name, value in options.items()]
    symbols = ("dimensions('d')", "Symbol('lam', positive=True)", "dimensions('n')")
    with refused(de.SpecError, str(fp.trace(R)), "no symbol", sympy.srepr(given), symbols):
        fp.closed_form(fp.derive(fp.trace(R)), **options)


# ---- names


STEMS = ["tau", "tau1", "tau_2", "omega", "omega_1", "P", "P1", "P_2", "R", "R1", "D", "D1", "D_2"]


@pytest.mark.parametrize("name", [*STEMS, "I", "u", "x0", "x_1", "G", "eta", "F", "Q"])
@pytest.mark.parametrize("kind", ["dimension", "scalar", "letter", "matrix"])
def test_the_printer_keeps_clear_of_the_names_of_users(name: str, kind: str) -> None:
    w, s = fp.dimensions(name if kind == "dimension" else "w"), sympy.Symbol("s", positive=True)
    s = sympy.Symbol(name, positive=True) if kind == "scalar" else s
    C = fp.Deterministic(d, name if kind == "letter" else "C")
    V = fp.Gaussian(w, d, name if kind == "matrix" else "V", variance=1 / w, column_covariance=Σ)
    K = (V.T @ V + lam * I).inv()
    expression = fp.trace(K @ C @ K @ (A + s * I).inv()) + fp.trace(K @ A)
    found = stages(expression)
    own, (mine, mine_latex) = found.system, printed_name(name)
    printed = [*own.names.values(), *own.inverses, *own.sums, *own.resolvents]
    printed += [*found.full.names.values(), *found.full.inverses]
    assert len(own.names) >= 2 and len(own.inverses) == 2 and own.resolvents
    assert {mine, mine_latex}.isdisjoint(x for y in printed for x in printed_name(y.name))
    assert mine not in (found.pencil_names.identity, found.pencil_names.input)
    assert not undefined(own, own) and not undefined_in_stages(found)


@pytest.mark.parametrize("kind", ["dimension", "scalar", "letter", "matrix"])
@pytest.mark.parametrize("name", ["df1", "df_2", "df11", "theta", "T", "T_", "θ"])
def test_names_that_print_like_those_of_closed_forms_are_refused(name: str, kind: str) -> None:
    w = fp.dimensions(name if kind == "dimension" else "w")
    s = sympy.Symbol(name if kind == "scalar" else "s", positive=True)
    C = fp.Deterministic(d, name if kind == "letter" else "C")
    V = fp.Gaussian(w, d, name if kind == "matrix" else "V", variance=1 / w, column_covariance=Σ)
    system = fp.derive(s * fp.trace(C @ (V.T @ V + lam * I).inv()))
    with refused(de.SpecError, name, "closed forms own", remedy="rename"):
        fp.closed_form(system)


@pytest.mark.parametrize(
    ("expression", "name", "likeness", "printed", "remedy"),
    [
        (fp.trace(fp.Deterministic(d, "tr") @ R), "tr", "trace", (), "another name"),
        (sympy.Symbol("tr") * fp.trace(R), "tr", "trace", (), "another name"),
        (fp.trace(A @ fp.Deterministic(d, "A__2")), "A__2", "power", ("A²", "A^{2}"), "without __"),
        (fp.trace(fp.Gaussian(d, d, "X__T")), "X__T", "power", "X^{T}", "without __"),
        (fp.trace(fp.identity(fp.dimensions("d__2"))), "I_d__2", "power", "I^{2}_{d}", "without __"),
    ],
    ids=str,
)
def test_names_that_print_like_something_else_are_refused(
    expression: sympy.Expr, name: str, likeness: str, printed: Facts, remedy: str
) -> None:
    for call in (fp.derive, lambda e: fp.sample(e, {}, trials=1)):
        with refused(de.SpecError, name, f"printed like {likeness}", printed, remedy):
            call(expression)


def test_a_letter_called_I_is_printed_in_a_pencil() -> None:
    letter = fp.Deterministic(d, "I")
    text = str(stages(fp.trace(letter @ R @ (A + I).inv())))
    assert "result: I x0" in text and "λ 1 x0" in text


def test_a_named_inverse_has_one_name_in_all_stages() -> None:
    found = stages(fp.trace(A @ R @ (A + I).inv() @ R))
    text = str(found)
    assert len(found.full.inverses) == 2
    pencil, equations = text.split("Equations, G")
    for name in found.full.inverses:
        assert (printed_name(name.name)[0] in pencil) <= (f"{printed_name(name.name)[0]}⁻¹ = " in equations)
    assert any(printed_name(name.name)[0] in pencil for name in found.full.inverses)
