"""The whole station in virtual time, its power cut at any write: what was acknowledged stands, nothing happens twice."""

import pytest
import structlog
from laws import breaches, breaches_at_rest, breaches_of_proof, digest
from traffic import play
from virtual_time import run_virtually
from world import Plan, World

SECONDS = 40.0
"""Virtual seconds a play lasts; the pact runs sixty times as fast."""


def simulate(seed: int, plan: Plan | None = None, *, seconds: float = SECONDS) -> World:
    """Play once, and fail at the first breach of a law; the seed replays it."""
    world = World(seed, plan)
    found: list[str] = []

    async def main() -> None:
        await play(world, seconds=seconds)

    async def whole() -> None:
        await world.live(main)

    with structlog.testing.capture_logs() as said:
        run_virtually(whole())
    found += [f"logged: {line}" for line in said if line["event"] in {"loop_failed", "fold_set_aside", "register_set_aside"}]
    found += list(breaches_at_rest(world))
    assert not found, "\n".join([f"seed {seed}, plan {plan}", *found])
    return world
