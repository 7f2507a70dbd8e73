"""Where the programs beside ours listen: each trial of a run comes to an address of its own."""

EVERYWHERE = "0.0.0.0"  # noqa: S104 - in a network namespace that holds the run and nothing else
