"""The cheapest flow through a network, exactly, in whole numbers: the engine below ``allocate``.

The seam for a quicker engine: whatever takes a ``Network`` and gives the units on each arc can stand in its
place. Its arcs are tail, head, capacity and cost, as every library of flows has them.
"""

import heapq
from collections.abc import Callable, Sequence
from typing import NamedTuple


class Arc(NamedTuple):
    """A way for units from one node to another, each at a cost that is not below zero."""

    tail: int
    head: int
    capacity: int
    cost: int


class Network(NamedTuple):
    """Nodes 0 to ``nodes`` - 1; ``supplies`` are units by node, all of which can reach the ``sink``."""

    nodes: int
    arcs: Sequence[Arc]
    supplies: Sequence[tuple[int, int]]
    sink: int


Engine = Callable[[Network], list[int]]
"""Gives the units on each arc, in the order of the arcs, of a flow than which none is cheaper."""


def cheapest_flow(network: Network) -> list[int]:
    """Send every unit along the way that is cheapest after all before it: successive shortest paths.

    Each search ends at the sink, so it walks only the part of the network that one supply competes in.
    """
    flow = _Flow(network)
    for node, units in network.supplies:
        left = units
        while left:
            left -= flow.send(node, left)
    return flow.units()


class _Flow:
    """Arc ``i`` stands at ``2i``, its way back at ``2i + 1``; ``_price`` keeps every reduced cost above zero."""

    def __init__(self, network: Network) -> None:
        self._sink = network.sink
        self._price = [0] * network.nodes
        self._head: list[int] = []
        self._left: list[int] = []
        self._cost: list[int] = []
        self._out: list[list[int]] = [[] for _ in range(network.nodes)]
        for tail, head, capacity, cost in network.arcs:
            self._add(tail, head, capacity, cost)
            self._add(head, tail, 0, -cost)

    def _add(self, tail: int, head: int, capacity: int, cost: int) -> None:
        self._out[tail].append(len(self._head))
        self._head.append(head)
        self._left.append(capacity)
        self._cost.append(cost)

    def units(self) -> list[int]:
        """The units on each arc: what its way back can carry."""
        return self._left[1::2]

    def send(self, source: int, units: int) -> int:
        """Send up to so many units along the cheapest way; how many went."""
        path = self._cheapest_path(source)
        sent = min(units, *(self._left[arc] for arc in path))
        for arc in path:
            self._left[arc] -= sent
            self._left[arc ^ 1] += sent
        return sent

    def _cheapest_path(self, source: int) -> list[int]:
        """Arcs from the sink back to the source (Dijkstra on reduced costs); prices follow what was walked."""
        best, came_by = {source: 0}, dict[int, int]()
        done: dict[int, int] = {}
        queue = [(0, source)]
        while self._sink not in done:
            distance, node = heapq.heappop(queue)
            if node in done:
                continue
            done[node] = distance
            for arc in self._out[node]:
                if self._left[arc]:
                    head = self._head[arc]
                    far = distance + self._cost[arc] + self._price[node] - self._price[head]
                    if far < best.get(head, far + 1):
                        best[head], came_by[head] = far, arc
                        heapq.heappush(queue, (far, head))
        for node, distance in done.items():
            self._price[node] += distance - done[self._sink]
        return self._walk_back(source, came_by)

    def _walk_back(self, source: int, came_by: dict[int, int]) -> list[int]:
        path, node = [], self._sink
        while node != source:
            path.append(came_by[node])
            node = self._head[came_by[node] ^ 1]
        return path
