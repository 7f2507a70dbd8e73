"""What keeps the caller's page lets the station's pages through whole, however slowly they come."""

import json
import subprocess

import pytest
from playwright._impl._driver import compute_driver_executable

from esos.web.console.keep import STATIC

WORKER = """
const given = {}, timers = new Map();
const passes = () => [...timers.values()].forEach((does) => does()); // as much time as anybody waits for
globalThis.setTimeout = (does) => { timers.set(timers.size, does); return timers.size - 1; };
globalThis.clearTimeout = (timer) => timers.delete(timer);
AbortSignal.timeout = () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort());
  return stop.signal;
};
globalThis.self = { addEventListener: (name, does) => { given[name] = does; }, location: { origin: "http://station" } };
globalThis.caches = { open: async () => ({ match: async () => new Response("the kept page") }) };
globalThis.fetch = (request, { signal }) => new Promise((answer, fails) => {
  signal.addEventListener("abort", () => fails(signal.reason));
  if (request.url.endsWith("/silent")) return passes();
  const bytes = new TextEncoder();
  answer(new Response(new ReadableStream({
    pull(body) {
      body.enqueue(bytes.encode("the first half "));
      passes();
      if (signal.aborted) return body.error(signal.reason);
      body.enqueue(bytes.encode("and the second"));
      body.close();
    },
  }, { highWaterMark: 0 })));
});
__WORKER__
(async () => {
  let taken = null;
  const request = { url: self.location.origin + __PATH__, method: "GET", mode: "navigate" };
  given.fetch({ request, respondWith: (answer) => { taken = answer; } });
  console.log(JSON.stringify(taken && (await (await taken).text().catch(() => "cut off"))));
})();
"""


def shown(path: str) -> str | None:
    """What a browser is shown at an address; None where it asks the station itself."""
    worker = 'const VERSION = "1";\nconst FILES = [];\n' + (STATIC / "worker.js").read_text()
    script = WORKER.replace("__WORKER__", worker).replace("__PATH__", json.dumps(path))
    node = compute_driver_executable()[0]
    ran = subprocess.run([node, "-e", script], capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.parametrize("path", ["/", "/c/abc"])
def test_a_page_whose_end_comes_late_is_shown_whole(path):
    assert shown(path) == "the first half and the second"


def test_where_the_station_does_not_begin_to_answer_the_kept_page_is_shown():
    assert shown("/c/silent") == "the kept page"


def test_files_of_a_case_are_fetched_by_the_browser_itself():
    assert shown("/c/abc/talk/0123") is None
