"""``/packets``: a sealed call packet that a gateway received in a text message or by mesh radio (law 3).

Anybody may hand one in, as anybody may send a datagram: what counts is the seal, and only its caller can check the
answer.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from litestar import Response, post
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.params import HeaderParameter, RawBody, SkipValidation

from esos.errors import Busy
from esos.message.packet_gateway import MESH_PACKET_MAX_BYTES, TEXT_MESSAGE_MAX_BYTES
from esos.web.api.common import ANYBODY
from esos.web.problems import problems

BINARY = "application/octet-stream"
BODY_MAX_BYTES = 1_024
"""How much is read at all; what is longer than its carrier can carry is refused by name."""
AGAIN_SECONDS = 2
"""After how long a gateway posts the same packet again, where nothing could be said of it yet."""
TakePacket = NamedDependency[SkipValidation[Callable[[bytes, str], Awaitable[bytes]] | None]]
"""``take_packet``: commits a packet and gives its acknowledgement; None where this process has no such door."""
Carrier = Annotated[
    str, HeaderParameter(name="Esos-Carrier", pattern="^(sms|mesh)?$", description="What brought it: sms or mesh.")
]
_NOT_YET = ResponseSpec(
    data_container=bytes,
    media_type=BINARY,
    description="Nothing can be said of it yet, and nothing is in the answer: post the same again.",
    generate_examples=False,
)


@dataclass
class TakesPacket(Operation):
    """The description of an operation whose body is a packet, which the framework cannot see by itself."""

    def __post_init__(self) -> None:
        """Say what the body is."""
        most = f"{TEXT_MESSAGE_MAX_BYTES} bytes from a text message, {MESH_PACKET_MAX_BYTES} from a mesh"
        self.request_body = RequestBody(
            description=f"One sealed call packet as it travelled, not padded: at most {most}.",
            required=True,
            content={BINARY: OpenAPIMediaType(schema=Schema(content_media_type=BINARY))},
        )


@post(
    "/packets",
    summary="Hand in a packet from a gateway",
    operation_class=TakesPacket,
    security=ANYBODY,
    status_code=HTTPStatus.OK,
    media_type=BINARY,
    response_description="The acknowledgement, 38 bytes: send it back the way the packet came.",
    responses=problems(401, 403, 404, 409, 413) | {int(HTTPStatus.ACCEPTED): _NOT_YET},
    response_headers=[ResponseHeader(name="Retry-After", documentation_only=True, description="With 202, in seconds.")],
    request_max_body_size=BODY_MAX_BYTES,
    tags=["statements"],
)
async def post_packet(body: RawBody, take_packet: TakePacket, carrier: Carrier = "") -> Response[bytes]:
    """Hand in one packet, and get what to send back. The same packet again is the same call.

    A packet whose seal does not hold is never acknowledged. The answer proves nothing to the gateway and
    everything to the caller, who alone can check it.
    """
    if take_packet is None:
        raise Busy("gateway.shut", "This process of the station takes no packets.", hint="Start it: esos station run")
    ack = await take_packet(body, carrier)
    if ack:
        return Response(ack, media_type=BINARY, status_code=HTTPStatus.OK)
    again = {"Retry-After": str(AGAIN_SECONDS)}
    return Response(b"", media_type=BINARY, status_code=HTTPStatus.ACCEPTED, headers=again)


HANDLERS = [post_packet]
