"""``/cases/{id}/files``: files that messages carry, in and out as bytes."""

from dataclasses import dataclass
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.params import FromQuery, PathParameter

from esos.message.talk_bodies import FILE_MAX_BYTES, FILE_NAME_MAX_CHARS
from esos.web.api.cases import seen_case
from esos.web.api.common import READING, SAYING, SIGNED_IN, BeforePlace, CaseId
from esos.web.auth import AnyRequest
from esos.web.given import Me, TheStation
from esos.web.talk import TalkItem, file_for, need_pen, talk_for

BODY_MAX_BYTES = FILE_MAX_BYTES + 1
DIGEST_PATTERN = "^[0-9a-f]{64}$"
FileDigest = Annotated[str, PathParameter(pattern=DIGEST_PATTERN, description="SHA-256 of the file, in hexadecimal.")]


class FileKept(msgspec.Struct, frozen=True, kw_only=True):
    """A file as a message names it: put this into ``files`` of a ``messaged``."""

    name: str
    size_bytes: int
    digest: str


@dataclass
class TakesBytes(Operation):
    """The description of an operation whose body is a file."""

    def __post_init__(self) -> None:
        """Say what the body is."""
        self.request_body = RequestBody(
            description=f"The file, at most {FILE_MAX_BYTES} bytes.",
            required=True,
            content={"application/octet-stream": OpenAPIMediaType(schema=Schema(content_media_type="*/*"))},
        )


@post(
    "/cases/{case_id:str}/files",
    summary="Keep a file for a message",
    security=SIGNED_IN,
    response_description="The file is kept.",
    responses=SAYING,
    operation_class=TakesBytes,
    request_max_body_size=BODY_MAX_BYTES,
    tags=["cases"],
)
async def post_file(
    case_id: CaseId, request: AnyRequest, me: Me, station: TheStation, name: FromQuery[str] = "file"
) -> FileKept:
    """Keep a file; say ``messaged`` with it next. It is never opened, and goes when the case is erased."""
    me.need_voice()
    case = await seen_case(case_id, me, station)
    need_pen(case, me.speaker)
    kept = await station.files.keep(case.id, name[: 4 * FILE_NAME_MAX_CHARS], await request.body(), by=me.speaker.party)
    return FileKept(name=kept.name, size_bytes=kept.size_bytes, digest=kept.digest.hex())


@get(
    "/cases/{case_id:str}/files/{digest:str}",
    summary="A file of a message",
    security=SIGNED_IN,
    responses=READING,
    media_type="application/octet-stream",
    tags=["cases"],
)
async def get_file(case_id: CaseId, digest: FileDigest, me: Me, station: TheStation) -> Response[bytes]:
    """A file that a message to you names, as it came."""
    case = await seen_case(case_id, me, station)
    return await file_for(station, case, me.speaker, bytes.fromhex(digest))


class MessageShown(msgspec.Struct, frozen=True, kw_only=True):
    """A message as its reader sees it; ``conference_words`` say by which way and to which host the link leads."""

    who: str
    at_ms: int
    text: str
    files: tuple[FileKept, ...]
    conference: str
    conference_words: str
    to: tuple[str, ...]


class Messages(msgspec.Struct, frozen=True, kw_only=True):
    """The talk of a case, oldest first; ``earlier`` is what to give as ``before`` for those before them, 0: none."""

    messages: tuple[MessageShown, ...]
    earlier: int


@get("/cases/{case_id:str}/messages", summary="Talk on a case", security=SIGNED_IN, responses=READING, tags=["cases"])
async def get_messages(case_id: CaseId, me: Me, station: TheStation, before: BeforePlace = 0) -> Messages:
    """What was written on a case and is yours to read: the newest, or those before a place."""
    case = await seen_case(case_id, me, station)
    talk = await talk_for(station, case, me.speaker, before=before)
    return Messages(messages=tuple(_shown(item) for item in reversed(talk.items)), earlier=talk.earlier)


def _shown(item: TalkItem) -> MessageShown:
    files = tuple(FileKept(name=one.name, size_bytes=one.size_bytes, digest=one.digest.hex()) for one in item.files)
    return MessageShown(
        who=item.who,
        at_ms=item.at_ms,
        text=item.text,
        files=files,
        conference=item.conference.link if item.conference else "",
        conference_words=item.conference.words if item.conference else "",
        to=item.to,
    )


HANDLERS = [post_file, get_file, get_messages]
