"""From the columns of a file to ours: `--map`, `--set`, `--null`, and a reason for each cell that cannot be used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from feedback.importing.columns import Column
from feedback.importing.conditions import Condition, parse_condition
from feedback.importing.source import Cell, Chunk, Source, UnusableFile
from feedback.kernel.cells import unguarded

Errors = dict[int, list[tuple[str, str]]]


@dataclass(frozen=True)
class MapOptions:
    """What the person who imports says about the file."""

    mapped: Mapping[str, str] = field(default_factory=dict)  # ours → theirs, or @N
    defaults: Mapping[str, str] = field(default_factory=dict)  # ours → value of empty cells
    nulls: frozenset[str] = frozenset()
    defect_when: tuple[str, ...] = ()
    prefixes: Mapping[str, str] = field(default_factory=dict)  # ours → what is put before each id


@dataclass
class Table:
    """Rows that are fit to be written: values by our names, and where each row came from."""

    lines: list[int]
    columns: dict[str, list[Any]]
    hits: list[list[bool]] = field(default_factory=list)  # one per condition

    def rows(self) -> list[dict[str, Any]]:
        """The rows one by one."""
        names = list(self.columns)
        return [dict(zip(names, row, strict=True)) for row in zip(*self.columns.values(), strict=True)]


class Mapper:
    """Turns chunks of one source into tables of our columns."""

    def __init__(self, source: Source, columns: Sequence[Column], options: MapOptions) -> None:
        """Raises UnusableFile when a name is unknown, ambiguous or missing."""
        self._header, self._options = source.header, options
        self._columns = {column.name: column for column in columns}
        for option, names in (("--map", options.mapped), ("--set", options.defaults), ("--prefix", options.prefixes)):
            for name in set(names) - set(self._columns):
                raise UnusableFile(f"{option} {name}=…: '{name}' is not one of our columns: {', '.join(self._columns)}.")
        self._check_prefixes()
        self.places = self._find_places()
        self.conditions = [parse_condition(text, self._find_named) for text in options.defect_when]
        self._condition_places = [self._index(condition.column) for condition in self.conditions]
        self._defaults = {name: self._parse_default(name, value) for name, value in options.defaults.items()}
        self._check_required()
        used = {*self.places.values(), *self._condition_places}
        self.unused = [name or f"@{place + 1}" for place, name in enumerate(self._header) if place not in used]

    def _check_prefixes(self) -> None:
        ids = [name for name in self._columns if name.endswith("external_id")]
        for name in set(self._options.prefixes) - set(ids):
            raise UnusableFile(f"--prefix {name}=…: a prefix is for ids only: {', '.join(ids)}.")

    def _find_places(self) -> dict[str, int]:
        places = {}
        for name in self._columns:
            theirs = self._options.mapped.get(name)
            if theirs is not None:
                places[name] = self._index(theirs, f"--map {name}={theirs}: ")
            elif found := self._alike(name):
                places[name] = self._only(name, found)
        return places

    def _matching(self, theirs: str) -> list[int]:
        exact = [place for place, name in enumerate(self._header) if name == theirs]
        return exact or self._alike(theirs)

    def _alike(self, theirs: str) -> list[int]:
        folded = theirs.casefold()
        return [place for place, name in enumerate(self._header) if name and name.casefold() == folded]

    def _only(self, ours: str, found: list[int]) -> int:
        if len(found) > 1:
            names = " and ".join(f"'{self._header[place]}' (@{place + 1})" for place in found)
            choices = " or ".join(f"--map {ours}=@{place + 1}" for place in found)
            raise UnusableFile(f"The file has {len(found)} columns '{ours}': {names}. Say which one to use: {choices}.")
        return found[0]

    def _index(self, theirs: str, context: str = "") -> int:
        found = self._matching(theirs.strip())
        if len(found) == 1:
            return found[0]
        named = f"{context}the file" if context else "The file"
        if found:
            places = " or ".join(f"@{place + 1}" for place in found)
            raise UnusableFile(f"{named} has {len(found)} columns '{theirs}'; name one of them by its place: {places}.")
        if theirs.startswith("@") and theirs[1:].isdecimal() and 0 < int(theirs[1:]) <= len(self._header):
            return int(theirs[1:]) - 1
        known = ", ".join(name or f"@{place}" for place, name in enumerate(self._header, 1))
        raise UnusableFile(f"{named} has no column '{theirs}'; it has: {known}.")

    def _find_named(self, theirs: str) -> str | None:
        try:
            self._index(theirs)
        except UnusableFile:
            return None
        return theirs

    def _parse_default(self, name: str, text: str) -> Any:
        parse = self._columns[name].parse
        if not text.strip():
            raise UnusableFile(f"--set {name}= has no value.")
        try:
            return parse(text.strip()) if parse else text.strip()
        except ValueError as error:
            raise UnusableFile(f"--set {name}={text}: it {error}.") from error

    def _check_required(self) -> None:
        needed = [column.name for column in self._columns.values() if column.required]
        missing = [name for name in needed if name not in self.places and name not in self._defaults]
        if missing:
            known = ", ".join(name or f"@{place}" for place, name in enumerate(self._header, 1))
            hint = f"add --map {missing[0]}=COLUMN or --set {missing[0]}=VALUE"
            line = "" if self.places else " Its first line that is not blank must name the columns; take titles above it away."
            raise UnusableFile(f"Required but not in the file: {', '.join(missing)}; {hint}. The file has: {known}.{line}")

    def table(self, chunk: Chunk) -> tuple[Table, Errors]:
        """The chunk's usable rows, and the errors of the others by row."""
        errors: Errors = {}
        cells = {place: self._clean(chunk.columns[place]) for place in {*self.places.values(), *self._condition_places}}
        columns = {name: self._values(column, cells, chunk.size, errors) for name, column in self._columns.items()}
        hits = [condition.hits(cells[place]) for condition, place in zip(self.conditions, self._condition_places, strict=True)]
        table = Table(list(chunk.lines), columns, hits)
        return (_without(table, errors) if errors else table), errors

    def _clean(self, cells: Sequence[Cell]) -> list[Cell]:
        """Cells without the guard of our own exports; what means nothing is None."""
        nulls = self._options.nulls
        found: list[Cell] = [(unguarded(cell) if cell[0] == "'" else cell) if cell else None for cell in cells]
        return [None if cell is None or cell.strip() in nulls else cell for cell in found] if nulls else found

    def _values(self, column: Column, cells: Mapping[int, list[Cell]], size: int, errors: Errors) -> list[Any]:
        default, place = self._defaults.get(column.name), self.places.get(column.name)
        if place is None:
            return [default] * size
        found = [cell if cell is None else cell.strip() or None for cell in cells[place]]
        if column.free_text:  # blanks alone say nothing, blanks around words are kept
            found = [whole if cell else None for cell, whole in zip(found, cells[place], strict=True)]
        _refuse_nul(column, found, errors)
        if prefix := self._options.prefixes.get(column.name):
            found = [prefix + cell if cell else None for cell in found]
        values = self._parsed(column, found, default, errors)
        if column.required and None in values:
            missing = [index for index, value in enumerate(values) if value is None and found[index] is None]
            _add(errors, missing, column, "is required")
        return values

    def _parsed(self, column: Column, cells: list[Cell], default: Any, errors: Errors) -> list[Any]:
        parse = column.parse
        if parse is None:
            return cells if default is None else [cell or default for cell in cells]
        try:
            return [parse(cell) if cell else default for cell in cells]
        except ValueError:  # at least one cell: only now it pays to look at each alone
            return [self._value(index, column, cell, default, errors) for index, cell in enumerate(cells)]

    def _value(self, index: int, column: Column, cell: Cell, default: Any, errors: Errors) -> Any:
        if not cell or column.parse is None:
            return default
        try:
            return column.parse(cell)
        except ValueError as error:
            _add(errors, [index], column, str(error))
            return None


def _refuse_nul(column: Column, cells: Sequence[Cell], errors: Errors) -> None:
    # PostgreSQL cannot store it and would fail the whole chunk
    _add(
        errors, [index for index, cell in enumerate(cells) if cell is not None and "\0" in cell], column, "holds a NUL character"
    )


def _add(errors: Errors, rows: Sequence[int], column: Column, reason: str) -> None:
    for row in rows:
        errors.setdefault(row, []).append((column.name, reason))


def _without(table: Table, errors: Errors) -> Table:
    kept = [index for index in range(len(table.lines)) if index not in errors]
    columns = {name: [values[index] for index in kept] for name, values in table.columns.items()}
    hits = [[hit[index] for index in kept] for hit in table.hits]
    return Table([table.lines[index] for index in kept], columns, hits)


__all__ = ["Condition", "Errors", "MapOptions", "Mapper", "Table"]
