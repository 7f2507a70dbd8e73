"""Two namespaces, a link that loses 80 % of all packets, and the real carrier against a real station over it.

The short version of ``make bench-beacon``. Skipped in words where network namespaces are not allowed.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
NOT_ALLOWED = 3
SECONDS = 150

pytestmark = pytest.mark.timeout(SECONDS + 30)


@pytest.mark.nightly  # it tries the benchmark; the carrier itself is tried in loss every time
def test_a_call_gets_through_where_four_of_five_packets_are_lost_each_way(tmp_path):
    out = tmp_path / "rows.json"
    command = [sys.executable, "-m", "beacon", "--quick", "--seed", "7", "--out", str(out)]
    environment = {**os.environ, "PYTHONPATH": str(BENCHMARKS), "BENCH_DIR": str(tmp_path)}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=SECONDS, env=environment, cwd=tmp_path, check=False
    )
    if done.returncode == NOT_ALLOWED:
        pytest.skip(done.stdout.strip().splitlines()[-1])
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {(row["cell"][:3].strip(), row["program"]): row for row in json.loads(out.read_text())["rows"]}
    clear, lossy = rows["0%", "one station"], rows["80%", "one station"]
    assert clear["acked_share"] == clear["delivered_share"] == 1
    assert {rows["0%", peer]["acked_share"] for peer in ("HTTPS", "QUIC", "DTLS", "CoAP", "one datagram in 3 s")} == {1}
    assert lossy["delivered_share"] >= 0.9
    assert lossy["acked_share"] >= 0.5
    assert 0.6 < lossy["lost_up"] < 0.95
    assert clear["lost_up"] == clear["lost_down"] == 0
    assert list(tmp_path.iterdir()) == [out], "nothing is left behind"
