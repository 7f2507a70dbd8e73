"""Name servers between a caller and a station: a real unbound, and a small forwarder with every bad habit.

The forwarder does what real ones were seen to do: mixes the case of letters, cuts answers short, loses questions,
keeps answers. Both pass the same stories, so that the forwarder stays honest.
"""

import asyncio
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import dns.asyncquery
import dns.flags
import dns.message
import dns.name
import dns.query

from doubles.ports import free_port
from esos.carriers.address import UdpAddress

START_SECONDS = 30
FORWARD_SECONDS = 5


def unbound_program() -> str | None:
    """Where unbound is; Debian keeps it out of the path of plain users."""
    return shutil.which("unbound") or shutil.which("unbound", path="/usr/sbin:/usr/local/sbin")


@contextmanager
def unbound(zone: str, door: UdpAddress, *, mixes_case: bool = True) -> Iterator[UdpAddress]:
    """A recursive resolver that finds ``zone`` at ``door``; it asks for parts of names on its way down (RFC 9156)."""
    program = unbound_program()
    assert program is not None, "there is no unbound here"
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="esos-dns-") as folder:
        settings = Path(folder) / "unbound.conf"
        settings.write_text(_settings(folder, port, zone, door, mixes_case=mixes_case))
        process = subprocess.Popen([program, "-d", "-p", "-c", str(settings)], stderr=subprocess.DEVNULL)
        try:
            _wait_until_it_answers(port, process)
            yield UdpAddress("127.0.0.1", port)
        finally:
            process.terminate()
            process.wait(10)


def _settings(folder: str, port: int, zone: str, door: UdpAddress, *, mixes_case: bool) -> str:
    return f"""
server:
  interface: 127.0.0.1
  port: {port}
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  use-syslog: no
  logfile: "{folder}/log"
  do-not-query-localhost: no
  qname-minimisation: yes
  use-caps-for-id: {"yes" if mixes_case else "no"}
  access-control: 127.0.0.0/8 allow
  module-config: "iterator"
  local-zone: "example." nodefault
stub-zone:
  name: "{zone}"
  stub-addr: {door.host}@{door.port}
remote-control:
  control-enable: no
"""


def _wait_until_it_answers(port: int, process: subprocess.Popen[bytes]) -> None:
    query, deadline = dns.message.make_query("localhost.", "A"), time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "unbound ended at once"
        try:
            dns.query.udp(query, "127.0.0.1", port=port, timeout=1)
        except OSError:
            time.sleep(0.05)
        except dns.exception.Timeout:
            continue
        else:
            return
    raise AssertionError("unbound did not answer in time")


@dataclass
class Forwarder:
    """Passes questions on to a door. ``loses`` questions are dropped first; ``keeps`` says whether it is a cache."""

    door: UdpAddress
    mixes_case: bool = False
    cuts_short: bool = False
    loses: int = 0
    keeps: bool = False
    asked: int = 0
    dice: random.Random = field(default_factory=lambda: random.Random(1))
    kept: dict[str, bytes] = field(default_factory=dict)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[UdpAddress]:
        """Answer on a port of the loopback interface, by UDP and TCP."""
        loop = asyncio.get_running_loop()
        server = await asyncio.start_server(self._by_tcp, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with asyncio.TaskGroup() as tasks:
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(self, tasks), local_addr=("127.0.0.1", port)
            )
            try:
                yield UdpAddress("127.0.0.1", port)
            finally:
                transport.abort()
                server.close()

    async def answer(self, wire: bytes, *, by_tcp: bool) -> bytes | None:
        """The door's answer, after every bad habit of this forwarder."""
        self.asked += 1
        if self.loses:
            self.loses -= 1
            return None
        query = dns.message.from_wire(wire)
        name = query.question[0].name.to_text().lower()
        if self.keeps and name in self.kept:
            return wire[:2] + self.kept[name][2:]
        onward = dns.message.make_query(self._mixed(query.question[0].name), query.question[0].rdtype)
        reply = await dns.asyncquery.udp(onward, self.door.host, FORWARD_SECONDS, self.door.port)
        said = dns.message.make_response(query, recursion_available=True)
        said.set_rcode(reply.rcode())
        if self.cuts_short and not by_tcp:
            said.flags |= dns.flags.TC
        else:
            for rrset in reply.answer:
                rrset.name = query.question[0].name
                said.answer.append(rrset)
        self.kept[name] = said.to_wire()
        return said.to_wire()

    def _mixed(self, name: dns.name.Name) -> dns.name.Name:
        text = name.to_text()
        mixed = "".join(self.dice.choice((one.upper(), one.lower())) for one in text)
        return dns.name.from_text(mixed if self.mixes_case else text)

    async def _by_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
        answer = await self.answer(wire, by_tcp=True) or b""
        writer.write(len(answer).to_bytes(2, "big") + answer)
        await writer.drain()
        writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, forwarder: Forwarder, tasks: asyncio.TaskGroup) -> None:
        self._forwarder = forwarder
        self._tasks = tasks
        self._transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        self._tasks.create_task(self._reply(data, addr))

    async def _reply(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        answer = await self._forwarder.answer(data, by_tcp=False)
        if answer is not None and not self._transport.is_closing():
            self._transport.sendto(answer, addr)
