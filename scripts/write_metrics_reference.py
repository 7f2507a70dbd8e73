"""Write docs/reference/metrics.md: every figure of /metrics, from the table that makes them."""

import sys

from reference_pages import REFERENCE, WRITTEN_BY, cell, table, write_or_check

from esos.web.figures import FIGURES

PAGE = REFERENCE / "metrics.md"
HEAD = f"""\
# Figures for Prometheus

`GET /metrics` gives them in the Prometheus text form, without a token, at most once a second anew. They are counts: no
name, no id and no word of a caller is among them, and no label grows with what people do. While the store does not
answer, what is read from it is left out.

A dashboard for Grafana and conditions worth waking somebody for are ready to use: `deploy/monitoring`. See
[run a station](../how-to/run-a-station.md) and [when too much comes](../explanation/when-too-much-comes.md).

{WRITTEN_BY}

"""
MORE = (
    ("`esos_http_answers_total`", "counter", "`status`", "Answers by status."),
    ("`process_*`", "gauge, counter", "none", "Memory, processor, open files and start time of the process (Linux)."),
)


def page() -> str:
    """The whole page as text."""
    rows = [
        (f"`{one.name}`", one.kind, ", ".join(f"`{label}`" for label in one.labels) or "none", cell(one.says))
        for one in FIGURES
    ]
    return HEAD + table(("figure", "kind", "labels", "says"), [*rows, *MORE]) + "\n"


if __name__ == "__main__":
    sys.exit(write_or_check(__doc__ or "", {PAGE: page}))
