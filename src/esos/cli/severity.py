"""``esos severity``: rate an incident by what is observed, and explain every point of it (laws 1 and 12)."""

import click

from esos.cli.common import emit, json_option, read_json
from esos.errors import Malformed


@click.command("severity")
@click.argument("file")
@click.option("--sector", help="The sector hit, where the facts name none.")
@click.option("--pact", "pact_name", help="Rate under this pact: a file, or a shipped pact's name.")
@json_option
def command(file: str, sector: str | None, pact_name: str | None, *, as_json: bool) -> None:
    """Rate an incident: FILE is JSON with observed facts by name, or - for standard input. Leave out what is not known.

    Example: echo '{"functional_impact": "denial-critical"}' | esos severity - --pact club
    """
    from esos.cli.pact import read_pact_argument
    from esos.station.severity import rate

    facts = read_json(file)
    if not isinstance(facts, dict):
        raise Malformed("severity.facts", "The facts are an object of names and values.")
    pact = read_pact_argument(pact_name)[1] if pact_name else None
    view = rate(facts, sector, pact.threshold if pact else None)
    lines = [*view.assessment.explanation]
    if pact is not None:
        lines.append(f"Weighed by the pact {pact.name}, version {pact.version}.")
    narrow = view.assessment.narrow_most
    if narrow is not None:
        lines.append(f"Ask next: {narrow.words}")
    lines += [f"{reading.scheme}: {reading.sentence}" for reading in view.readings]
    if view.set_aside:
        lines.append(f"Set aside, since no such fact is read: {', '.join(view.set_aside)}.")
    emit(view, as_json=as_json, words="\n".join(lines))
