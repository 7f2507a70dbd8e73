"""A CSV text as plain rows: ``# key: value`` lines about the call first, then one line a member.

Within a cell, several values are joined by a semicolon and units are given as ``filtering=40``; an empty
cell is a missing one. The reader raises ``Malformed`` and names the line (law 2).
"""

import csv
import io
import re
from typing import Any

from esos.errors import Malformed

LIST_FIELDS = frozenset(
    {
        "languages", "sectors", "products", "asns", "contract_with", "mandate_countries", "mandate_sectors", "pacts",
        "reserved", "conflicts", "hole_products", "source_asns", "natures", "granted", "denied", "caller_pacts",
        "binds_under", "needs",
    }
)  # fmt: skip
MAP_FIELDS = frozenset({"capabilities", "free", "carried", "on_path"})
TEXT_FIELDS = frozenset({"note", "basis", "name", "hours"})
_UNITS = re.compile("[0-9]{1,7}")
_ENCODING_HINT = "Save the file as comma-separated UTF-8 text."

Row = dict[str, Any]


def read_table(text: str, columns: frozenset[str]) -> tuple[Row, list[tuple[int, Row]]]:
    """The call's ``# key: value`` lines, and the members with the line each stands on.

    Raises ``Malformed``: ``match.columns`` for a header without ``id``, with a repeated or an unknown column,
    ``match.csv`` for a line that is not of the table.
    """
    lines = text.splitlines(keepends=True)
    head: Row = {}
    skipped = 0
    for line in lines:
        if line.strip() and not line.startswith("#"):
            break
        skipped += 1
        head.update(_read_remark(line, skipped))
    reader = csv.reader(io.StringIO("".join(lines[skipped:]), newline=""), strict=True)
    try:
        header = _read_header(next(reader, []), columns)
        rows = [(skipped + reader.line_num, _read_row(header, row, skipped + reader.line_num)) for row in reader if row]
    except csv.Error as error:
        raise Malformed("match.csv", f"Line {skipped + reader.line_num}: {error}.", hint=_ENCODING_HINT) from error
    return head, rows


def _read_remark(line: str, number: int) -> Row:
    """``# country: EE`` as one entry; a line without a colon is a remark for people."""
    key, colon, value = line.lstrip("#").partition(":")
    name = key.strip()
    if not colon or not name.isidentifier():
        return {}
    return {name: _read_cell(name, value.strip(), number)} if value.strip() else {}


def _read_header(cells: list[str], columns: frozenset[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    unknown = sorted(set(names) - columns)
    if unknown:
        hint = f"Columns are: {', '.join(sorted(columns))}."
        raise Malformed("match.columns", f"{unknown[0]!r} is no column of a member.", hint=hint)
    if "id" not in names or len(set(names)) < len(names):
        hint = "The first line of the table names its columns, each once, and one of them is id."
        raise Malformed("match.columns", "The table has no id column, or one column twice.", hint=hint)
    return names


def _read_row(header: list[str], cells: list[str], number: int) -> Row:
    if len(cells) != len(header):
        hint = "Put a cell that contains a comma in double quotes."
        raise Malformed("match.csv", f"Line {number}: {len(cells)} cells under {len(header)} columns.", hint=hint)
    pairs = zip(header, cells, strict=True)
    return {name: _read_cell(name, cell.strip(), number) for name, cell in pairs if cell.strip()}


def _read_cell(name: str, cell: str, number: int) -> Any:
    if name in MAP_FIELDS:
        return dict(_read_units(name, part, number) for part in _parts(cell))
    return _parts(cell) if name in LIST_FIELDS else cell


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _read_units(name: str, part: str, number: int) -> tuple[str, int]:
    key, equals, units = part.partition("=")
    if not equals or _UNITS.fullmatch(units.strip()) is None:
        hint = "Write units as filtering=40;advice=8."
        raise Malformed("match.csv", f"Line {number}, column {name}: {part!r} are no units.", hint=hint)
    return key.strip(), int(units)
