"""Write spec/schemas/case-file.json: the JSON Schema of a case file, of who spoke, and of the rules of a case.

``--check`` writes nothing and fails where the file is stale.
"""

import argparse
import json
import sys
from pathlib import Path

import msgspec

from esos.case.bundle import CaseBundle
from esos.keys.speaker import Speaker
from esos.pact.rules import Rules

FILE = Path(__file__).resolve().parent.parent / "spec" / "schemas" / "case-file.json"


def text() -> str:
    """The schema: the file itself at the top, with the two texts inside it beside it."""
    tops, parts = msgspec.json.schema_components([CaseBundle, Speaker, Rules], ref_template="#/$defs/{name}")
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A case file; Speaker is what stands in `admission`, Rules what stands in `arrived.rules`",
        **tops[0],
        "$defs": parts,
    }
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the file would change")
    check, wanted = parser.parse_args().check, text()
    if check:
        stale = not FILE.exists() or FILE.read_text(encoding="utf-8") != wanted
        print(f"{FILE.name} is stale" if stale else f"{FILE.name} is as the code has it")
        return int(stale)
    FILE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
