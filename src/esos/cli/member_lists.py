"""Lists of teams, read into whom to invite: CSV with a heading, or JSON as directories of teams publish it.

Read here: a list, or an object that holds one, of teams with a short name and a name, a country or host country,
addresses for mail, telephones, constituency, AS numbers and networks, as FIRST and Trusted Introducer have them.
Every row is read; each fault names its row and has a code that does not change.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from esos.errors import Malformed

ROWS_MAX_COUNT = 5_000
"""How many teams one list may have."""
NAME_MAX = 80
COUNTRY = re.compile(r"^[A-Z]{2}\Z")
MAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+\Z")
_LISTS = ("teams", "members", "data", "results", "items")
_NAMES: dict[str, tuple[str, ...]] = {
    "name": ("name", "short_name", "short-team-name", "team", "team-name", "team_name", "official-team-name"),
    "kind": ("kind", "type", "team-type"),
    "country": ("country", "host-country", "host_country", "country_code"),
    "mail": ("mail", "email", "e-mail", "team-email", "main_email", "contact_email"),
    "voice": ("voice", "phone", "telephone", "emergency-phone", "emergency_phone", "regular-telephone"),
    "sectors": ("sectors", "sector", "constituency-type", "constituency_types", "constituency_type"),
    "languages": ("languages", "language"),
    "asns": ("asns", "asn", "as-numbers"),
    "prefixes": ("prefixes", "prefix", "networks", "ip-ranges"),
}
"""Of each thing read the names under which lists have it, the first that is there counts."""


class RowFault(NamedTuple):
    """What is wrong with one row. ``row`` counts from 1, as its reader sees it: a heading is row 1 of a CSV."""

    row: int
    code: str
    says: str


class Listed(NamedTuple):
    """What a list gave: whom to invite, with the row of each, and what could not be read."""

    wanted: list[tuple[int, dict[str, Any]]]
    faults: list[RowFault]


def read_list(raw: bytes, name: str) -> Listed:
    """Read a list; raises ``Malformed`` (``import.form``, ``import.large``) where it is no list at all."""
    rows = list(_rows(raw, name))
    if len(rows) > ROWS_MAX_COUNT:
        raise Malformed("import.large", f"A list has at most {ROWS_MAX_COUNT} teams.", hint="Divide it.")
    wanted, faults, seen = list[tuple[int, dict[str, Any]]](), list[RowFault](), dict[str, int]()
    for number, row in rows:
        made, wrong = _team(number, row)
        key = str(made.get("name", "")).casefold()
        if not wrong and key in seen:
            wrong = [RowFault(number, "import.twice", f"{made['name']!r} stands in row {seen[key]} already.")]
        faults += wrong
        if not wrong:
            seen[key] = number
            wanted.append((number, {**made, "source": name}))
    return Listed(wanted, faults)


def _rows(raw: bytes, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        raise Malformed("import.form", f"{name} is no text in UTF-8.") from cause
    if text.lstrip()[:1] in {"[", "{"}:
        yield from enumerate(_teams_of(text, name), start=1)
        return
    dialect = ";" if ";" in text.partition("\n")[0] else ","
    reader = csv.DictReader(io.StringIO(text), delimiter=dialect, strict=True)
    try:
        if not {_key(one) for one in reader.fieldnames or ()} & set(_NAMES["name"]):
            raise Malformed(
                "import.form", f"{name} has no column for the name.", hint=f"Name the columns: {', '.join(_NAMES)}."
            )
        for row in reader:
            yield reader.line_num, dict(row)
    except csv.Error as cause:
        raise Malformed("import.form", f"{name}, row {reader.line_num}: {cause}.") from cause


def _teams_of(text: str, name: str) -> list[dict[str, Any]]:
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError as cause:
        raise Malformed("import.form", f"{name} is no JSON: {cause}.") from cause
    if isinstance(found, dict):
        found = next((found[key] for key in _LISTS if isinstance(found.get(key), list)), None)
    if not isinstance(found, list):
        raise Malformed("import.form", f"{name} holds no list of teams.", hint=f"One under: {', '.join(_LISTS)}.")
    return [row if isinstance(row, dict) else {} for row in found]


def _key(name: object) -> str:
    return str(name).strip().casefold()


def _team(number: int, row: dict[str, Any]) -> tuple[dict[str, Any], list[RowFault]]:
    """A row as somebody to invite, or its faults."""
    given = {_key(name): value for name, value in row.items()}
    texts = {field: _first(given, names) for field, names in _NAMES.items()}
    made: dict[str, Any] = {}
    faults = list[RowFault]()
    for field, read in _READERS.items():
        try:
            value = read(texts[field])
        except Malformed as wrong:
            faults.append(RowFault(number, wrong.code, wrong.detail))
        else:
            made |= {field: value} if value else {}
    contacts = [{"channel": channel, "address": made.pop(channel)} for channel in ("mail", "voice") if channel in made]
    return ({**made, "contacts": contacts} if contacts else made), faults


def _first(given: dict[str, Any], names: tuple[str, ...]) -> list[str]:
    """What stands under the first name that is there, as texts."""
    value = next((given[name] for name in names if given.get(name) not in (None, "", [])), "")
    parts = value if isinstance(value, list) else re.split(r"[|;]", str(value))
    return [str(part).strip() for part in parts if str(part).strip()]


def _name(texts: list[str]) -> str:
    name = " ".join(texts)
    if not name:
        raise Malformed("import.name", "It has no name.")
    if len(name) > NAME_MAX or not name.isprintable():
        raise Malformed("import.name", f"A name has at most {NAME_MAX} letters: {name[:40]!r}.")
    return name


def _country(texts: list[str]) -> str:
    country = texts[0].upper() if texts else ""
    if country and not COUNTRY.match(country):
        raise Malformed("import.country", f"{texts[0]!r} is no country: two letters, as IE.")
    return country


def _mail(texts: list[str]) -> str:
    address = texts[0].removeprefix("mailto:") if texts else ""
    if address and not MAIL.match(address):
        raise Malformed("import.mail", f"{address[:60]!r} is no address for mail.")
    return address


def _voice(texts: list[str]) -> str:
    return texts[0][:NAME_MAX] if texts else ""


def _kind(texts: list[str]) -> str:
    return texts[0][:NAME_MAX] if texts else ""


def _asns(texts: list[str]) -> list[int]:
    numbers = [text.upper().removeprefix("AS") for one in texts for text in one.replace(",", " ").split()]
    if wrong := next((one for one in numbers if not one.isdigit() or not 0 < int(one) < 2**32), ""):
        raise Malformed("import.asn", f"{wrong!r} is no number of a network (AS).")
    return [int(one) for one in numbers]


def _prefixes(texts: list[str]) -> list[str]:
    import ipaddress

    found = [text for one in texts for text in one.replace(",", " ").split()]
    for one in found:
        try:
            ipaddress.ip_network(one, strict=False)
        except ValueError as cause:
            raise Malformed("import.prefix", f"{one[:60]!r} is no network, as 192.0.2.0/24.") from cause
    return found


def _languages(texts: list[str]) -> list[str]:
    found = [text.casefold() for one in texts for text in one.replace(",", " ").split()]
    if wrong := next((one for one in found if not re.fullmatch(r"[a-z]{2,3}", one)), ""):
        raise Malformed("import.language", f"{wrong!r} is no language: two or three letters, as en.")
    return found


def _sectors(texts: list[str]) -> list[str]:
    return [text.strip().casefold().replace(" ", "-")[:NAME_MAX] for text in texts][:20]


_READERS: dict[str, Callable[[list[str]], Any]] = {
    "name": _name,
    "kind": _kind,
    "country": _country,
    "mail": _mail,
    "voice": _voice,
    "sectors": _sectors,
    "languages": _languages,
    "asns": _asns,
    "prefixes": _prefixes,
}
