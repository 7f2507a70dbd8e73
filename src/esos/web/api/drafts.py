"""``/drafts``: calls that an officer writes down while somebody talks, until they become calls."""

from typing import Annotated

import msgspec
from litestar import delete, get, post, put
from litestar.params import JSONBody, PathParameter
from msgspec import Meta

from esos.keys.speaker import Role
from esos.station.drafts import Drafts, DraftView
from esos.web.api.common import ACTING, READING, SIGNED_IN
from esos.web.given import Me, TheStation, TheVisits
from esos.web.problems import problems
from esos.words.take_call import Ask

DraftId = Annotated[str, PathParameter(pattern="^[0-9a-f]{32}$", description="A draft's id: 16 bytes in hexadecimal.")]
_NAMES = {"propertyNames": {"enum": [ask.value for ask in Ask]}}
_OFFICERS = (Role.OFFICER, Role.SECOND)


class DraftsView(msgspec.Struct, frozen=True, kw_only=True):
    """Every call that is being written down, the newest first."""

    drafts: tuple[DraftView, ...]


class Answers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answers by question. ``natures`` are words in a row, ``needs`` as ``advice=2 filtering=10``."""

    answers: Annotated[dict[Ask, Annotated[str, Meta(max_length=4000)]], Meta(max_length=20, extra_json_schema=_NAMES)]


class TakenCall(msgspec.Struct, frozen=True, kw_only=True):
    """The case that a draft became; empty while the call is kept and not folded yet."""

    case: str


@get("/drafts", summary="Calls being written down", security=SIGNED_IN, responses=problems(401, 403), tags=["calls"])
async def get_drafts(me: Me, station: TheStation) -> DraftsView:
    """What officers have begun to write down by telephone and have not made a call yet."""
    me.need(*_OFFICERS)
    return DraftsView(drafts=tuple(await Drafts(station).open()))


@get("/drafts/{draft:str}", summary="A call being written down", security=SIGNED_IN, responses=READING, tags=["calls"])
async def get_draft(draft: DraftId, me: Me, station: TheStation) -> DraftView:
    """Its answers so far; one that nobody has heard of has none."""
    me.need(*_OFFICERS)
    return await Drafts(station).find(draft)


@put(
    "/drafts/{draft:str}",
    summary="Write down answers",
    security=SIGNED_IN,
    response_description="The answers are kept.",
    responses=ACTING,
    tags=["calls"],
)
async def put_draft(draft: DraftId, data: JSONBody[Answers], me: Me, station: TheStation) -> DraftView:
    """Keep these answers beside those that are there. Choose 16 random bytes as the id of a new draft."""
    me.need(*_OFFICERS)
    me.need_voice()
    answers = {ask.value: text for ask, text in data.answers.items()}
    return await Drafts(station).keep(draft, answers, party=me.name)


@post(
    "/drafts/{draft:str}/call",
    summary="Make it a call",
    security=SIGNED_IN,
    response_description="It is a call.",
    responses=ACTING,
    tags=["calls"],
)
async def post_draft_call(draft: DraftId, me: Me, station: TheStation, visits: TheVisits) -> TakenCall:
    """Say it as a call by relay, attested for you, with whatever is answered. The same draft is the same call."""
    me.need(*_OFFICERS)
    me.need_voice()
    return TakenCall(case=await Drafts(station).make_call(draft, speaker=me.speaker, visits=visits))


@delete("/drafts/{draft:str}", summary="Put it aside", security=SIGNED_IN, responses=ACTING, tags=["calls"])
async def delete_draft(draft: DraftId, me: Me, station: TheStation) -> None:
    """Forget what was written down; nothing was said."""
    me.need(*_OFFICERS)
    me.need_voice()
    await Drafts(station).put_aside(draft, party=me.name)


HANDLERS = [get_drafts, get_draft, put_draft, post_draft_call, delete_draft]
