"""Play simulated worlds from a seed on; see docs/explanation/the-simulated-world.md."""

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent / "tests"


def main() -> int:
    """As ``python -m simulated.run`` from the folder of the tests."""
    sys.path.insert(0, str(TESTS))
    from simulated.run import main as run  # noqa: PLC0415 - it lies beside the tests

    return run()


if __name__ == "__main__":
    raise SystemExit(main())
