"""Generators of a problem file: models that label, and the samples that sources have in common.

A source with ``labels = "name"`` is labelled by the trained model of that entry of ``[[generators]]``.
Sources with one ``samples`` name are the same samples: one of them is written in full, others may be the
name alone, or ``{ samples = "name", weight = 2 }``, or with ``n`` and ``start`` a part of them.
``inputs = "name"`` has the inputs of those samples with labels of its own.
"""

import dataclasses
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...base.errors import SpecError
from ...data.samples import Samples
from ...data.source import Source
from ..problem import Problem
from .toml_table import TomlTable

__all__ = ["GENERATOR", "SHARING", "Generators"]

GENERATOR = ("name", "ridge", "sources", "model", "target")
SHARING = ("labels", "samples", "inputs", "truth", "start")

MakeSource = Callable[[Any, str], Source]
MakeProblem = Callable[[TomlTable, list[Any]], Problem]


class Generators:
    """The generators of a file, read when they are asked for; make_source, make_problem : read tables."""

    def __init__(self, root: TomlTable, make_source: MakeSource, make_problem: MakeProblem) -> None:
        self._root, self._make_source, self._make_problem = root, make_source, make_problem
        self._file = uuid.uuid4().hex
        self._tables = dict(self._named(root.entries.get("generators", [])))
        self._full = dict(self._in_full())
        self._problems: dict[str, Problem] = {}
        self._sources: dict[str, Source] = {}
        self._open: list[str] = []

    def _named(self, given: object) -> Iterator[tuple[str, TomlTable]]:
        place = self._root.at("generators")
        if not isinstance(given, list):
            raise SpecError(f"{place} must be tables: begin each with [[generators]].")
        for k, entry in enumerate(given):
            table = TomlTable.of(entry, f"{place}[{k}]", GENERATOR)
            name = table.needed("name", 'It is what labels = "name" refers to.')
            if not isinstance(name, str):
                raise SpecError(f"{table.at('name')} must be a text; got {name!r}.")
            yield name, table

    def _in_full(self) -> Iterator[tuple[str, tuple[Any, str]]]:
        """Sources that are written in full and have a name, the last first."""
        lists = [(self._root.entries.get("sources"), self._root.at("sources"))]
        lists += [(t.entries.get("sources"), t.at("sources")) for t in self._tables.values()]
        for sources, place in reversed(lists):
            for k, entry in reversed(list(enumerate(sources if isinstance(sources, list) else []))):
                if isinstance(entry, Mapping) and "covariance" in entry and "samples" in entry:
                    yield str(entry["samples"]), (entry, f"{place}[{k}]")

    def labeller(self, name: object, place: str) -> Problem:
        """The generator of a name."""
        if not isinstance(name, str) or name not in self._tables:
            known = ", ".join(map(repr, self._tables)) or "none"
            raise SpecError(
                f"{place} must be the name of one of the [[generators]], which are {known}; got {name!r}."
            )
        if name in self._open:
            raise SpecError(f"{place}: generator {name!r} is labelled by itself. Take another name.")
        if name not in self._problems:
            self._open.append(name)
            table = self._tables[name]
            sources = table.needed("sources", 'Give names of samples, as ["real"], or tables of sources.')
            if not isinstance(sources, list):
                raise SpecError(f"{table.at('sources')} must be a list of tables or names of samples.")
            self._problems[name] = self._make_problem(table, sources)
            self._open.pop()
        return self._problems[name]

    def reference(self, given: object, place: str) -> Source | None:
        """The source that a name of samples refers to; None where the table is a source in full."""
        if isinstance(given, str):
            given = {"samples": given}
        if not isinstance(given, Mapping) or "covariance" in given or "samples" not in given:
            return None
        table = TomlTable.of(given, place, ("samples", "weight", "n", "start"))
        source = self._source(str(given["samples"]), place)
        changes = table.given("n", "weight")
        identity = dataclasses.replace(
            source.drawn, start=self._start(given.get("start", source.drawn.start)), content=None
        )
        return dataclasses.replace(source, identity=identity, **changes)

    def _source(self, name: str, place: str) -> Source:
        if name not in self._full:
            raise SpecError(
                f'{place}: no source is written in full with samples = "{name}". Give one of them n and a '
                f"covariance."
            )
        if name not in self._sources:
            self._sources[name] = self._make_source(*self._full[name])
        return self._sources[name]

    def identity(self, table: TomlTable) -> Samples | None:
        """Which samples a source in full has; None for its own."""
        named = table.given("samples", "inputs", "truth", "start")
        if not isinstance(named.get("truth", ""), str):  # a vector: the source's own truth
            del named["truth"]
        if not named:
            return None
        own = named.get("samples", uuid.uuid4().hex)
        names = [f"{self._file} {named.get(key, own)}" for key in ("inputs", "samples", "truth")]
        if "samples" not in named:
            names[1] = own
        return Samples(names[0], names[1], names[2], self._start(named.get("start", 0)), None)

    def _start(self, value: object) -> int:
        if not isinstance(value, int) or value < 0:
            raise SpecError(f"start must be a row, counted from 0; got {value!r}.")
        return value
