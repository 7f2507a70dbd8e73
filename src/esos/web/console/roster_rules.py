"""One rule of the roster changed by a form, all others as they were: a table of acts, each from rules to rules."""

from collections.abc import Callable

import msgspec

from esos.errors import Malformed
from esos.message.card import Contact
from esos.message.roster_bodies import Holiday, NeighbourStation, RosterSet, Rotation
from esos.message.statement import from_plain
from esos.web.console.fields import Filled, whole
from esos.words.language import later

_CHANNELS_HINT = later("As mail:watch@example.org, one a line.")


def changed_rules(act: str, form: Filled, rules: RosterSet) -> RosterSet:
    """The rules after this act of ``RULE_ACTS``; raises ``Malformed`` for what cannot be read."""
    changed = RULE_ACTS[act](form, rules)
    read = from_plain("roster_set", msgspec.to_builtins(changed, builtin_types=(bytes,)))
    if not isinstance(read, RosterSet):
        raise TypeError(type(read))
    return read


def _standing(form: Filled, rules: RosterSet) -> RosterSet:
    return msgspec.structs.replace(
        rules,
        watch=tuple(dict.fromkeys(one for one in form.all("watch") if one)),
        backup=tuple(dict.fromkeys(one for one in form.all("backup") if one)),
        second=tuple(dict.fromkeys(one for one in form.all("second") if one)),
        timezone=form.get("timezone").strip() or rules.timezone,
        neighbour=_contacts(form.get("neighbour")),
    )


def _contacts(text: str) -> tuple[Contact, ...]:
    return tuple(_contact(one.strip()) for one in text.splitlines() if one.strip())


def _contact(text: str) -> Contact:
    channel, _, address = text.partition(":")
    if not (channel.isascii() and channel.isalpha() and channel.islower() and address):
        raise Malformed("contact.form", f"{text!r} is no contact.", hint=_CHANNELS_HINT)
    return Contact(channel=channel, address=address)


def _rotation(form: Filled, rules: RosterSet) -> RosterSet:
    name = form.get("name").strip()
    one = Rotation(
        name=name,
        duty=form.get("duty") or "watch",  # type: ignore[arg-type] # read strictly above
        officers=tuple(officer for officer in form.all("officer") if officer),
        from_day=form.get("from_day"),
        until_day=form.get("until_day"),
        handover=form.get("handover") or "00:00",
        days=whole(form.get("days"), "Days") or 7,
        at_once=whole(form.get("at_once"), "At once") or 1,
        hours=form.get("hours").strip() or "24/7",
        timezone=form.get("timezone").strip(),
    )
    others = tuple(each for each in rules.rotations if each.name != name)
    return msgspec.structs.replace(rules, rotations=(*others, one))


def _drop_rotation(form: Filled, rules: RosterSet) -> RosterSet:
    left = tuple(one for one in rules.rotations if one.name != form.get("name"))
    return msgspec.structs.replace(rules, rotations=left)


def _holiday(form: Filled, rules: RosterSet) -> RosterSet:
    day = form.get("day")
    one = Holiday(
        name=form.get("name").strip(),
        day=day[5:] if form.get("yearly") else day,
        days=whole(form.get("days"), "Days") or 1,
        watch=tuple(each for each in form.all("watch") if each),
        backup=tuple(each for each in form.all("backup") if each),
    )
    return msgspec.structs.replace(rules, holidays=(*rules.holidays, one))


def _drop_holiday(form: Filled, rules: RosterSet) -> RosterSet:
    dropped = (form.get("name"), form.get("day"))
    left = tuple(one for one in rules.holidays if (one.name, one.day) != dropped)
    return msgspec.structs.replace(rules, holidays=left)


def _station(form: Filled, rules: RosterSet) -> RosterSet:
    one = NeighbourStation(name=form.get("name").strip(), contacts=_contacts(form.get("contacts")))
    others = tuple(each for each in rules.stations if each.name != one.name)
    return msgspec.structs.replace(rules, stations=(*others, one))


def _drop_station(form: Filled, rules: RosterSet) -> RosterSet:
    left = tuple(one for one in rules.stations if one.name != form.get("name"))
    return msgspec.structs.replace(rules, stations=left)


RULE_ACTS: dict[str, Callable[[Filled, RosterSet], RosterSet]] = {
    "standing": _standing,
    "rotation": _rotation,
    "drop-rotation": _drop_rotation,
    "holiday": _holiday,
    "drop-holiday": _drop_holiday,
    "station": _station,
    "drop-station": _drop_station,
}
"""What a form can change of the rules."""
