"""From a problem to the text of a TOML file."""

import dataclasses
import math
from typing import Any

import numpy as np

from ...activations.activation import Activation
from ...activations.elementary import BUILT_IN, LeakyRelu, Polynomial
from ...base.errors import SpecError
from ...data.covariance import Covariance, DiagonalPlusLowRankCovariance
from ...data.label_shifts import label_shift
from ...data.second_moments import fixed_of
from ...data.source import Source, Target
from ...data.spectrum import Spectrum, isotropic, power_law
from ...models.model import Model
from ...selection.rules import everything
from ...selection.selection import Selection
from ..problem import Problem
from .selections_written import keep_entry, labels_entry
from .written_values import array, inline, table

__all__ = ["as_toml"]

SHORTEST, MOST_DECADES = 4, 300
"""Fewer values are written as they are, and so are powers that come near to underflow."""


def as_toml(problem: Problem) -> str:
    """The text of a file from which an equal problem is read; see :meth:`Problem.to_toml`."""
    import tomlkit

    document = tomlkit.document()
    document["ridge"] = problem.ridge
    if problem.intercept:
        document["intercept"] = True
    if problem.truths is None:
        document["signal"] = _moment(problem.signal)
    else:
        document["truths"] = [[_moment(b) for b in row] for row in problem.truths.blocks]
    document["model"] = table(_model(problem.model))
    if problem.target is not None:
        document["target"] = table(_target(problem.target, problem))
    names = _Names(problem)
    document["sources"] = _sources(problem, problem, names)
    labellers = problem.stages.problems[:-1] if problem.connected else ()
    if labellers:
        document["generators"] = tomlkit.aot()
    for fit in reversed(labellers):
        entries = {"name": names.fits[fit.trained_as], "ridge": fit.ridge, "model": table(_model(fit.model))}
        if fit.target is not None:
            entries["target"] = table(_target(fit.target, problem))
        document["generators"].append(table(entries | {"sources": _sources(fit, problem, names)}))
    return document.as_string()


class _Names:
    """The names of fits and shared samples in a file."""

    def __init__(self, problem: Problem) -> None:
        self.fits: dict[str, str] = {}
        self.samples: dict[str, str] = {}
        self.written: set[tuple[str, int, int]] = set()
        if not problem.connected:
            return
        *labellers, _ = problem.stages.problems
        self.fits = {fit.trained_as: f"generator {t}" for t, fit in enumerate(labellers)}
        uses = [x.source.drawn for row in problem.stages.labellings for x in row]
        inputs = {(u.inputs, u.noise) for u in uses}
        shared = [u for u in uses if sum(v.noise == u.noise for v in uses) > 1]
        shared += [u for u in uses if sum(i == u.inputs for i, _ in inputs) > 1 or u.start]
        for u in shared:
            for name in (u.noise, u.inputs, u.truth):
                self.samples.setdefault(name, f"samples {len(self.samples)}")


def _sources(fit: Problem, problem: Problem, names: _Names) -> Any:
    import tomlkit

    sources = tomlkit.aot()
    for k, source in enumerate(fit.sources):
        drawn = source.drawn
        key = drawn.noise, drawn.start, source.n
        if key in names.written and drawn.noise in names.samples:
            entries: dict[str, Any] = {"samples": names.samples[drawn.noise]}
            entries |= {} if source.weight == 1 else {"weight": source.weight}
            if drawn.start:
                entries |= {"n": source.n, "start": drawn.start}
        else:
            entries = _source(source, problem, first=fit is problem and k == 0)
            entries |= _sharing(source, names)
            names.written.add(key)
        sources.append(table(entries))
    return sources


def _sharing(source: Source, names: _Names) -> dict[str, Any]:
    """The generator of a source, and the names of its samples where others have them, too."""
    drawn = source.drawn
    entries: dict[str, Any] = {}
    if isinstance(source.labels, Problem):
        entries["labels"] = names.fits[source.labels.trained_as]
    if drawn.noise in names.samples:
        entries["samples"] = names.samples[drawn.noise]
        for key, name in (("inputs", drawn.inputs), ("truth", drawn.truth)):
            if name != drawn.noise:
                entries[key] = names.samples[name]
        if drawn.start:
            entries["start"] = drawn.start
    return entries


def _target(target: Target, problem: Problem) -> dict[str, Any]:
    noise = target.noise_variance
    said = {"covariance": _covariance(target.covariance, problem)}
    return said | ({} if noise is None else {"noise_variance": noise})


def _source(source: Source, problem: Problem, *, first: bool) -> dict[str, Any]:
    covariance = source.population
    described = _described(covariance) if first else _covariance(covariance, problem)
    if isinstance(source, Selection):
        return _selection(source, described)
    entries: dict[str, Any] = {
        "n": source.n,
        "covariance": described,
        "noise_variance": source.noise_variance,
    }
    if source.shift is not None:
        entries["shift"] = _shift(source)
    if source.truth is not None:
        entries["truth"] = _moment(source.truth)
    for name in ("gain", "weight"):
        if getattr(source, name) != 1:
            entries[name] = getattr(source, name)
    return entries


def _selection(selection: Selection, covariance: Any) -> dict[str, Any]:
    entries = {"draws": selection.draws, "covariance": covariance, "labels": labels_entry(selection.law)}
    if selection.keep != everything():
        entries["keep"] = keep_entry(selection.keep)
    return entries | ({} if selection.weight == 1 else {"weight": selection.weight})


def _covariance(covariance: Spectrum | Covariance, problem: Problem) -> Any:
    return "first" if covariance == problem.sources[0].population else _described(covariance)


def _described(covariance: Spectrum | Covariance) -> Any:
    """By its name where it is isotropic or a power law to the last bit, else by its numbers."""
    if isinstance(covariance, DiagonalPlusLowRankCovariance):
        return _low_rank(covariance)
    if isinstance(covariance, Covariance):
        return array(covariance.matrix)
    named = _named(covariance)
    if named is not None:
        return inline({named[0]: inline(named[1])})
    extras = ("multiplicities", "basis", "mean")
    given = {name: getattr(covariance, name) for name in ("values", *extras)}
    if all(given[name] is None for name in extras):
        return array(covariance.values)
    return inline({name: array(x) for name, x in given.items() if x is not None})


def _low_rank(covariance: DiagonalPlusLowRankCovariance) -> Any:
    entries = {"diagonal": _described(Spectrum(covariance.values))}
    for name in ("multiplicities", "vectors", "coefficients"):
        if getattr(covariance, name) is not None:
            entries[name] = array(getattr(covariance, name))
    return inline(entries)


def _named(s: Spectrum) -> tuple[str, dict[str, Any]] | None:
    if s.basis is not None or s.mean is not None or not s.values.all():
        return None
    total = _rounded(s.trace)
    if len(s) == 1 and s.multiplicities is not None:
        for trace in ({}, {"trace": total}):
            if isotropic(s.d, **trace) == s:
                return "isotropic", {"d": s.d, **trace}
    decades = math.log10(s.values[0]) - math.log10(s.values[-1])
    if len(s) >= SHORTEST and s.multiplicities is None and 0 <= decades < MOST_DECADES:
        exponent = _rounded(decades / math.log10(len(s)))
        for trace in ({}, {"trace": total}):
            if power_law(len(s), exponent, **trace) == s:
                return "power_law", {"d": len(s), "exponent": exponent, **trace}
    return None


def _rounded(number: float) -> float:
    """The number with 12 digits, as a person may have written it."""
    return float(f"{number:.12g}")


def _shift(source: Source) -> Any:
    """By its quality where it is that label shift to the last bit, else by its numbers."""
    quality = _quality(source)
    for shape in ("precision", "isotropic") if quality else ():
        if _is_label_shift(source, quality, shape):
            return inline({"quality": quality} | ({"shape": shape} if shape != "precision" else {}))
    return _moment(source.shift)


def _is_label_shift(source: Source, quality: Any, shape: Any) -> bool:
    try:
        Δ = label_shift(source.covariance, quality, shape)
    except SpecError:  # there is none for this covariance
        return False
    return np.array_equal(Δ, source.shift)  # type: ignore[arg-type]


def _quality(source: Source) -> float | None:
    Δ: Any = source.shift
    s = source.covariance
    if Δ is None or fixed_of(Δ) is not None or not isinstance(s, Spectrum) or np.ndim(Δ) == 2:
        return None
    return _rounded(float(np.sum(s.weights * s.values * Δ)))


def _moment(moment: Any) -> Any:
    fixed = fixed_of(moment)
    if fixed is not None:
        outputs = {"outputs": fixed.w.shape[1]} if fixed.w.ndim == 2 else {}
        return inline({"fixed": array(fixed.w), **outputs})
    return moment if np.ndim(moment) == 0 else array(np.asarray(moment))


def _model(model: Model) -> dict[str, Any]:
    fields = {field.name: getattr(model, field.name) for field in dataclasses.fields(model)}  # type: ignore[arg-type]
    entries = {name: value for name, value in fields.items() if value is not None}
    if model.activation is not None:
        entries["activation"] = _activation(model.activation)
    return {"kind": model.kind, **entries}


def _activation(activation: Activation) -> Any:
    function = activation.function
    for name, known in BUILT_IN.items():
        if function == known:
            return name
    if isinstance(function, LeakyRelu):
        return inline({"leaky_relu": function.slope})
    if isinstance(function, Polynomial):
        return inline({"polynomial": list(function.coefficients)})
    raise SpecError(
        f"a file cannot hold the activation {activation.name!r}, which is a function of yours; it "
        f"can hold {', '.join(sorted(BUILT_IN))}, leaky_relu(slope) and polynomial(coefficients)."
    )
