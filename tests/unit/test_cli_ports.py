"""The port of the demonstration: the one it is known by where it is free, and what happens where it is not."""

import socket

import pytest
from doubles.ports import free_port

from esos.cli.ports import LOOPBACK, port_for
from esos.errors import Conflict


@pytest.fixture(params=[socket.SOCK_STREAM, socket.SOCK_DGRAM], ids=["pages", "calls"])
def taken(request):
    """A port that another program has, for pages or for calls by datagram."""
    with socket.socket(socket.AF_INET, request.param) as other:
        other.bind((LOOPBACK, 0))
        if request.param == socket.SOCK_STREAM:
            other.listen()
        yield other.getsockname()[1]


@pytest.mark.parametrize("is_chosen", [True, False])
def test_a_free_port_is_used_as_it_is(is_chosen):
    wanted = free_port()
    assert port_for(wanted, is_chosen=is_chosen) == wanted


def test_a_taken_port_that_nobody_insisted_on_gives_way_to_any(taken):
    assert port_for(taken, is_chosen=False) == 0


def test_a_taken_port_that_a_person_chose_is_refused_with_what_to_do(taken):
    with pytest.raises(Conflict) as refused:
        port_for(taken, is_chosen=True)
    assert refused.value.code == "up.port_taken"
    assert "--port 0" in refused.value.hint


def test_any_port_needs_no_look():
    assert port_for(0, is_chosen=True) == 0
