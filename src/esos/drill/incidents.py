"""The incidents that can be played: one table, read by whoever lists, plays or reports."""

from esos.drill.estonia.facts import ESTONIA_2007
from esos.drill.hse.facts import HSE_2021
from esos.drill.incident import Incident
from esos.drill.wannacry.facts import WANNACRY_2017
from esos.errors import Unknown

INCIDENTS: dict[str, Incident] = {one.name: one for one in (HSE_2021, ESTONIA_2007, WANNACRY_2017)}
"""Incidents by name, in the order in which they are listed."""


def need_incident(name: str) -> Incident:
    """The incident of this name; raises ``Unknown`` (``drill.unknown``)."""
    incident = INCIDENTS.get(name)
    if incident is None:
        raise Unknown("drill.unknown", f"There is no drill {name!r}.", hint=f"There are: {', '.join(INCIDENTS)}.")
    return incident
