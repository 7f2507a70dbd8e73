"""Constituencies for people: a registrar names them, puts members into them, and limits who sees which."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from esos.errors import EsosError, Unknown
from esos.keys.speaker import Role
from esos.station.constituencies import WHOLE_ROLES, constituencies_of
from esos.station.desk import need_role
from esos.station.sight import view_of
from esos.web.auth import AnyRequest
from esos.web.console.fields import Filled
from esos.web.console.visit import TheVisit, Visit, form_of, go, page
from esos.web.given import TheCsrf

MEMBERS_SHOWN_MAX = 300
"""How many members the form names, so that the page stays small."""
_LIMITABLE = frozenset({"officer", "second"})


@get("/constituencies")
async def show_constituencies(visit: TheVisit) -> Response[str]:
    """Which there are, whom each holds, and who sees it."""
    return _page(visit)


def _page(visit: Visit, notice: EsosError | None = None) -> Response[str]:
    speaker, directory = visit.need_officer(), visit.station.directory
    view = view_of(directory, speaker.party)
    members = sorted(((card.name, one) for one, card in directory.members.items()), key=lambda row: row[0].casefold())
    people = sorted(
        (row.name, one) for one, row in directory.officers.items()
        if _LIMITABLE & set(row.roles) and not WHOLE_ROLES & set(row.roles)
    )  # fmt: skip
    return page(
        visit,
        "constituencies.html",
        status=notice.status if notice else 200,
        groups=constituencies_of(directory, only=view),
        members=members[:MEMBERS_SHOWN_MAX],
        more=len(members) > MEMBERS_SHOWN_MAX,
        people=people,
        views=directory.constituencies.views,
        name_of=directory.name_of,
        may_change=Role.REGISTRAR in speaker.roles,
        notice=notice,
    )


@post("/constituencies/{act:str}", status_code=200)
async def act_on_constituencies(
    act: FromPath[str], request: AnyRequest, visit: TheVisit, csrf: TheCsrf
) -> Response[Any]:
    """Name one, end one, put members in or out, or limit somebody's view."""
    speaker = visit.need_officer()
    form = await form_of(request, visit, csrf)
    need_role(speaker, Role.REGISTRAR)
    try:
        if act not in _ACTS:
            raise Unknown("page.no_such_act", "This cannot be done here.", hint="Go back to the constituencies.")
        kind, body_of = _ACTS[act]
        await visit.station.desk.say(speaker, kind, body_of(form))
    except EsosError as cause:
        return _page(visit, cause)
    return go("/constituencies")


def _named(form: Filled) -> dict[str, Any]:
    name = form.get("name").strip()
    return {"constituency": form.get("constituency").strip() or _id_of(name), "name": name}


def _id_of(name: str) -> str:
    """An id made of a name, as people would type it; where its letters are of another alphabet they type one."""
    plain = "".join(one if one.isascii() and one.isalnum() else "-" for one in name.casefold())
    return "-".join(part for part in plain.split("-") if part)[:40]


def _ended(form: Filled) -> dict[str, Any]:
    return {"constituency": form.get("constituency"), "name": form.get("name"), "ended": True}


def _placed(form: Filled) -> dict[str, Any]:
    members = [one for one in form.all("member") if one]
    return {"constituency": form.get("constituency"), "members": members, "placed": form.get("placed") != "no"}


def _viewed(form: Filled) -> dict[str, Any]:
    return {"officer": form.get("officer"), "constituencies": [one for one in form.all("constituency") if one]}


_ACTS: dict[str, Any] = {
    "name": ("constituency_named", _named),
    "end": ("constituency_named", _ended),
    "members": ("members_placed", _placed),
    "view": ("view_limited", _viewed),
}

HANDLERS = [show_constituencies, act_on_constituencies]
