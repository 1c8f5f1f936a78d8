"""From a TOML file to a problem."""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from ... import activations
from ...activations.activation import Activation
from ...base.errors import SpecError
from ...data.covariance import Covariance, as_covariance
from ...data.label_shifts import label_shift
from ...data.second_moments import Moments
from ...data.source import Source, Target
from ...data.spectrum import Spectrum, isotropic, power_law
from ...models.linear import Linear
from ...models.model import Model
from ...models.model_table import MODELS, parameters_of
from ..problem import Problem
from .array_files import ArrayFiles
from .fixed_truths import FIXED, fixed_truth
from .generators import SHARING, Generators
from .toml_table import TomlTable, placed

__all__ = ["Reader", "entries_of", "read"]

ROOT = ("ridge", "intercept", "signal", "truths", "model", "sources", "target", "generators")
SOURCE = ("n", "covariance", "noise_variance", "shift", "gain", "weight", *SHARING)
TARGET = ("covariance", "noise_variance")
COVARIANCE = ("power_law", "isotropic", "values", "multiplicities", "basis", "mean", "file", "key")
KINDS: dict[str, tuple[str, ...]] = {
    "power_law": (),
    "isotropic": (),
    "values": ("multiplicities", "basis", "mean"),
    "file": ("key",),
}
"""The kinds of covariances, and what goes with each."""
MOMENT = (*FIXED, "file", "key")
SHIFT = ("quality", "shape", *MOMENT)


def read(path: str | Path) -> Problem:
    """The problem of a TOML file; see :meth:`detequiv.Problem.from_toml`."""
    file = Path(path)
    return Reader(file.parent, file.name).problem(entries_of(file))


def entries_of(file: Path) -> dict[str, Any]:
    """The entries of a TOML file."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SpecError(f"cannot read the file {str(file)!r}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise SpecError(
            f"{file.name}: this is no text in UTF-8, so that it cannot be TOML. Arrays in binary "
            f'files are named inside of one: {{ file = "..." }}.'
        ) from None
    return entries_of_text(text, file.name)


def entries_of_text(text: str, name: str) -> dict[str, Any]:
    """The entries of TOML text; name : of its source, for refusals."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also oversized integers and deep nesting
        raise SpecError(f"{name}: this is not TOML: {error}.") from None


class Reader:
    """Reads the entries of a file; keeps what several problems of it share.

    folder : where the files that it names lie. name : of the file, for what is refused.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._name = name
        self._files = ArrayFiles(folder)
        self._covariances: dict[str, Spectrum | Covariance] = {}
        self._first: object = None

    def problem(self, entries: Mapping[str, Any]) -> Problem:
        """The problem that these entries describe.

        Raises
        ------
        SpecError, ShapeError
            With the place in the file: a key that is not known, one that is missing, a file that
            cannot be read, and whatever the parts of a problem refuse.
        """
        table = TomlTable.of(entries, f"{self._name}: ", ROOT)
        ridge = table.needed("ridge", "It multiplies |v|² after a 1/n loss; 0 is none.")
        tables = table.needed("sources", "Begin each with [[sources]].")
        if not isinstance(tables, list):
            raise SpecError(f"{table.at('sources')} must be tables: begin each with [[sources]].")
        self._first = tables[0] if tables else None
        given: dict[str, Any] = {"ridge": ridge}
        given |= table.given("intercept")
        if "signal" in entries:
            given["signal"] = self._moment(entries["signal"], table.at("signal"), MOMENT)
        if "truths" in entries:
            given["truths"] = self._truths(entries["truths"], table.at("truths"))
        before: list[Source] = []

        def make_source(entry: Any, place: str) -> Source:
            return self._source(entry, place, before, generators)

        def make_problem(generator: TomlTable, sources: list[Any]) -> Problem:
            ridge = generator.needed("ridge", "It multiplies |v|² after a 1/n loss; 0 is none.")
            own = given | {"ridge": ridge}
            return self._problem(generator, sources, own, make_source, before)

        generators = Generators(table, make_source, make_problem)
        return self._problem(table, tables, given, make_source, before)

    def _problem(
        self,
        table: TomlTable,
        entries: list[Any],
        given: dict[str, Any],
        make_source: Callable[[Any, str], Source],
        before: list[Source],
    ) -> Problem:
        """A problem, or a generator; before : sources of the problem that have been read."""
        sources = []
        for k, entry in enumerate(entries):
            sources.append(make_source(entry, table.at(f"sources[{k}]")))
            if "sources" in table.entries and table.place.endswith(": "):
                before.append(sources[-1])
        fields = given | {"sources": sources, "model": self._model(table)}
        if "target" in table.entries:
            fields["target"] = self._target(table.entries["target"], table.at("target"), before or sources)
        with placed(table.place):
            return Problem(**fields)

    def _source(self, given: object, place: str, before: list[Source], generators: Generators) -> Source:
        with placed(place):
            same = generators.reference(given, place)
        if same is not None:
            return same
        table = TomlTable.of(given, place, SOURCE)
        n = table.needed("n", "It is the number of samples.")
        covariance = self._covariance(table, before)
        fields = table.given("noise_variance", "gain", "weight")
        if "shift" in table.entries:
            fields["shift"] = self._shift(table.entries["shift"], table.at("shift"), covariance)
        if "truth" in table.entries and not isinstance(table.entries["truth"], str):
            fields["truth"] = self._moment(table.entries["truth"], table.at("truth"), MOMENT)
        if "labels" in table.entries:
            fields["labels"] = generators.labeller(table.entries["labels"], table.at("labels"))
        with placed(place):
            return Source(n, covariance, identity=generators.identity(table), **fields)

    def _target(self, given: object, place: str, sources: list[Source]) -> Target:
        table = TomlTable.of(given, place, TARGET)
        covariance = self._covariance(table, sources)
        with placed(place):
            return Target(covariance, **table.given("noise_variance"))

    def _covariance(self, table: TomlTable, before: list[Source]) -> Spectrum | Covariance:
        given = table.needed(
            "covariance",
            "Give { power_law = { d = 600, exponent = 1.0, trace = 1.0 } }, { isotropic = { d = "
            '100 } }, an array, or { file = "..." }.',
        )
        place = table.at("covariance")
        if given == "first":
            return before[0].covariance if before else self._first_covariance(place)
        if isinstance(given, str):
            raise SpecError(
                f'{place} must be "first", a table or an array; got {given!r}. A file is named by '
                f"{{ file = {given!r} }}."
            )
        key = repr(given)
        if key not in self._covariances:
            with placed(place):
                self._covariances[key] = self._new_covariance(given, place)
        return self._covariances[key]

    def _first_covariance(self, place: str) -> Spectrum | Covariance:
        """That of the first source, which is still being read; asked for by a generator."""
        first = self._first
        if not isinstance(first, Mapping) or first.get("covariance") in (None, "first"):
            raise SpecError(f'{place}: the first source cannot have the covariance "first".')
        return self._covariance(TomlTable(first, f"{self._name}: sources[0]"), [])

    def _new_covariance(self, given: Any, place: str) -> Spectrum | Covariance:
        if not isinstance(given, Mapping):
            return as_covariance(given)
        table = TomlTable.of(given, "covariance", COVARIANCE)
        kind = table.one_of(*KINDS)
        table = TomlTable.of(given, "covariance", (kind, *KINDS[kind]))
        if kind == "file":
            return as_covariance(self._files.array(table))
        if kind == "values":
            return Spectrum(**table.entries)
        known = ("d", "trace") if kind == "isotropic" else ("d", "exponent", "trace")
        inner = TomlTable.of(given[kind], kind, known)
        inner.needed("d", "It is the dimension.")
        if kind == "isotropic":
            return isotropic(**inner.entries)
        inner.needed("exponent", "Eigenvalues are j^−exponent.")
        return power_law(**inner.entries)

    def _shift(self, given: Any, place: str, covariance: Spectrum | Covariance) -> Any:
        if not (isinstance(given, Mapping) and {"quality", "shape"} & set(given)):
            return self._moment(given, place, SHIFT)
        table = TomlTable.of(given, place, ("quality", "shape"))
        quality = table.needed("quality", "It is c² = tr ΣΔ.")
        with placed(place):
            return label_shift(covariance, quality, **table.given("shape"))

    def _moment(self, given: Any, place: str, known: tuple[str, ...]) -> Any:
        if not isinstance(given, Mapping):
            return given
        table = TomlTable.of(given, place, known)
        if table.one_of(*(kind for kind in ("fixed", "file") if kind in known)) == "file":
            with placed(place):
                return self._files.array(TomlTable.of(given, place, ("file", "key")))
        with placed(place):
            return fixed_truth(TomlTable.of(given, place, FIXED), self._files)

    def _truths(self, given: Any, place: str) -> Moments:
        if not isinstance(given, list) or not all(isinstance(row, list) for row in given):
            raise SpecError(
                f"{place} must be rows of blocks E[w_j w_kᵀ], the target last, such as [[1.0, 0.5],"
                f" [0.5, 1.0]]; got {given!r:.60}."
            )
        blocks: Any = [
            [
                self._moment(b, f"{place}[{j}][{k}]", ("file", "key")) if isinstance(b, Mapping) else b
                for k, b in enumerate(row)
            ]
            for j, row in enumerate(given)
        ]
        with placed(place):
            return Moments(blocks)

    def _model(self, root: TomlTable) -> Model:
        if "model" not in root.entries:
            return Linear()
        place, given = root.at("model"), root.entries["model"]
        every = dict.fromkeys(key for model in MODELS.values() for key in parameters_of(model))
        table = TomlTable.of(given, place, ("kind", *every))
        kind = table.needed("kind", f"Kinds are {', '.join(MODELS)}.")
        if not isinstance(kind, str) or kind not in MODELS:
            raise SpecError(f"{table.at('kind')} must be one of {', '.join(MODELS)}; got {kind!r}.")
        keys = parameters_of(MODELS[kind])
        fields = dict(TomlTable.of(given, place, ("kind", *keys)).entries)
        del fields["kind"]
        if "width" in keys:
            table.needed("width", "It is m, the number of features.")
        if "activation" in keys:
            table.needed("activation", 'Such as "relu" or { leaky_relu = 0.1 }.')
        with placed(place):
            if "activation" in keys:
                fields["activation"] = _activation(fields["activation"])
            return MODELS[kind](**fields)


def _activation(given: object) -> Activation:
    """By its name, or from { leaky_relu = slope }, { polynomial = [coefficients] }."""
    if isinstance(given, Mapping):
        table = TomlTable.of(given, "activation", ("leaky_relu", "polynomial"))
        if len(given) == 1:
            ((name, value),) = table.entries.items()
            return cast(Activation, getattr(activations, name)(value))
    elif isinstance(given, str) and given in activations.BUILT_IN:
        return cast(Activation, getattr(activations, given))
    raise SpecError(
        f"activation must be one of {', '.join(sorted(activations.BUILT_IN))}, {{ leaky_relu "
        f"= slope }} or {{ polynomial = [coefficients] }}; got {given!r:.60}. A file cannot hold "
        f"other functions."
    )
