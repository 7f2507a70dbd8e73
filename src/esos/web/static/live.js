// Keeps the parts of a page fresh: on the station's own events where a session listens, else by asking again.
// A part is left alone while somebody writes in it; what changed is said politely, and focus stays where it was.
// A page that can no longer be kept fresh says so in red, with since when: an old page must not look like a quiet one.

import { clockWords, countDown, localTimes, nowMs, zoneDiffers } from "./time.js";

const POLL_MS = 4000;
const SLOW_POLL_MS = 15000;
const AGAIN_MS = 5000;
const GATHER_MS = 150;
const ANSWER_MS = 10000;
const FAILED_MAX_ROUNDS = 2;
// What concerns whoever is on watch, on whatever case: a call came, or a person took one.
const OF_EVERYBODY = new Set(["called", "relayed", "arrived", "acknowledged"]);
// What the station says when its journal is out of reach: at once in red, not after a second try.
const NOTHING_KEPT = new Set(["storage.unreachable", "storage.full", "storage.locked"]);
const FOCUSABLE = "a[href], button, input, select, textarea, summary";

let running = false;
let again = false;

function isInUse(part) {
  if (part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) return true;
  return [...part.querySelectorAll("textarea, input:not([type=hidden])")].some((field) =>
    field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue,
  );
}

function same(one, other) {
  const bare = (part) => {
    const copy = part.cloneNode(true);
    for (const due of copy.querySelectorAll("[data-due]")) due.textContent = "";
    for (const time of copy.querySelectorAll("time[data-ms]")) time.textContent = "";
    for (const opened of copy.querySelectorAll("details")) opened.removeAttribute("open");
    for (const shown of copy.querySelectorAll("[hidden]")) shown.removeAttribute("hidden");
    return copy.innerHTML.replaceAll(/\s+/g, " ");
  };
  return one.className === other.className && bare(one) === bare(other);
}

const mark = (one) =>
  [one.tagName, one.id, one.getAttribute("href") ?? one.form?.getAttribute("action") ?? "", one.name ?? "", one.textContent.trim()].join("|");

// The element that had the focus, found again: by its id, or as the same link, button or field in the same place.
function focusIn(part) {
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  if (!focused) return () => {};
  const twins = [...part.querySelectorAll(FOCUSABLE)].filter((one) => mark(one) === mark(focused));
  const place = twins.indexOf(focused);
  return (taken) => {
    const found = focused.id ? document.getElementById(focused.id) : [...taken.querySelectorAll(FOCUSABLE)].filter((one) => mark(one) === mark(focused))[Math.max(0, place)];
    found?.focus({ preventScroll: true });
  };
}

function swap(old, fresh) {
  const refocus = focusIn(old);
  const wereOpen = [...old.querySelectorAll("details[open]")].map((one) => one.id || one.querySelector("summary")?.textContent);
  for (const details of fresh.querySelectorAll("details")) {
    if (wereOpen.includes(details.id || details.querySelector("summary")?.textContent)) details.open = true;
  }
  const taken = document.importNode(fresh, true);
  old.replaceWith(taken);
  localTimes(taken);
  countDown(taken);
  refocus(taken);
  taken.classList.add("fresh");
}

function announce(before, after) {
  if (!after || before === after) return;
  document.getElementById("announce").textContent = after;
}

const spoken = (where) => [...where.querySelectorAll("[data-announce]")].map((one) => one.textContent.trim()).join(" ");

// Why the station refused: the code on the page that it answered with.
const refusalIn = (text) => new DOMParser().parseFromString(text, "text/html").getElementById("refusal")?.dataset.code ?? "";

// What came of it: "fresh", "denied" where nobody is signed in any more, "failed", the code "storage.…" where the station
// says that it can keep nothing, or "" while another round is on its way.
export async function refresh(changed = () => {}) {
  if (running) {
    again = true;
    return "";
  }
  running = true;
  try {
    const address = location.pathname + location.search;
    const answer = await fetch(address, {
      headers: { accept: "text/html", "esos-fresh": "1" }, cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (answer.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const before = spoken(document.getElementById("main"));
      document.title = fresh.title;
      for (const part of fresh.querySelectorAll("[data-part]")) {
        const old = document.getElementById(part.id);
        if (old && !same(old, part) && !isInUse(old)) swap(old, part);
      }
      announce(before, spoken(fresh.getElementById("main") ?? fresh));
      document.documentElement.dataset.fresh = String(Number(document.documentElement.dataset.fresh ?? 0) + 1);
      changed();
      return "fresh";
    }
    if (answer.status === 401 || answer.status === 403) return "denied";
    const code = refusalIn(await answer.text());
    return NOTHING_KEPT.has(code) ? code : "failed";
  } catch {
    return "failed";
  } finally {
    running = false;
    if (again) {
      again = false;
      setTimeout(() => refresh(changed), GATHER_MS);
    }
  }
}

// The red bar. It stands outside the parts, so that nothing but a fresh page takes it away.
function staleBar(stale) {
  const bar = document.getElementById("stale");
  let failed = 0;
  let sinceMs = nowMs();
  return (outcome) => {
    if (!bar || !outcome) return;
    if (outcome === "fresh") sinceMs = nowMs();
    failed = outcome === "fresh" ? 0 : failed + 1;
    const isStore = NOTHING_KEPT.has(outcome);
    const isStale = outcome === "denied" || isStore || failed >= FAILED_MAX_ROUNDS;
    if (isStale) {
      document.getElementById("stale-since").textContent = clockWords(sinceMs);
      document.getElementById("stale-denied").hidden = outcome !== "denied";
      document.getElementById("stale-failed").hidden = outcome === "denied" || isStore;
      document.getElementById("stale-store").hidden = !isStore;
      document.getElementById("stale-code").textContent = isStore ? outcome : "";
    }
    if (bar.hidden === isStale) {
      bar.hidden = !isStale;
      stale(isStale);
    }
  };
}

export function keepFresh(main, changed, stale = () => {}) {
  const how = main?.dataset.live;
  if (!how) return;
  const note = staleBar(stale);
  let soon = 0;
  const look = async () => {
    clearTimeout(soon);
    const outcome = await refresh(changed);
    note(outcome);
    if (outcome === "failed" || NOTHING_KEPT.has(outcome)) soon = setTimeout(look, AGAIN_MS);
  };
  const lookIfSeen = () => {
    if (document.visibilityState === "visible") look();
  };
  document.getElementById("stale-reload")?.addEventListener("click", () => location.reload());
  if (zoneDiffers()) look();
  document.addEventListener("visibilitychange", lookIfSeen);
  if (how === "poll") {
    setInterval(lookIfSeen, POLL_MS);
    return;
  }
  let gathering = 0;
  const stream = new EventSource("/api/v1/events");
  stream.addEventListener("statement", (event) => {
    const about = main.dataset.case;
    const said = JSON.parse(event.data);
    if (about && said.case !== about && !OF_EVERYBODY.has(said.kind)) return;
    clearTimeout(gathering);
    gathering = setTimeout(look, GATHER_MS);
  });
  stream.addEventListener("error", () => setTimeout(look, GATHER_MS));
  setInterval(look, SLOW_POLL_MS);
  window.addEventListener("pagehide", () => stream.close());
}
