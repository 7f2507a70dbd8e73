// Keeps the parts of a page fresh: on the station's own events where a session listens, else by asking again.
// A part is left alone while somebody writes in it; what changed is said politely, and focus stays where it was.

import { countDown, localTimes, offsetDiffers } from "./time.js";

const POLL_MS = 4000;
const SLOW_POLL_MS = 15000;
const GATHER_MS = 150;

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

function swap(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  const wereOpen = [...old.querySelectorAll("details[open]")].map((one) => one.id || one.querySelector("summary")?.textContent);
  for (const details of fresh.querySelectorAll("details")) {
    if (wereOpen.includes(details.id || details.querySelector("summary")?.textContent)) details.open = true;
  }
  const taken = document.importNode(fresh, true);
  old.replaceWith(taken);
  localTimes(taken);
  countDown(taken);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  taken.classList.add("fresh");
}

function announce(before, after) {
  if (!after || before === after) return;
  document.getElementById("announce").textContent = after;
}

const spoken = (where) => [...where.querySelectorAll("[data-announce]")].map((one) => one.textContent.trim()).join(" ");

export async function refresh(changed = () => {}) {
  if (running) {
    again = true;
    return;
  }
  running = true;
  try {
    const address = location.pathname + location.search;
    const answer = await fetch(address, { headers: { accept: "text/html", "esos-fresh": "1" }, cache: "no-store" });
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
    }
  } catch {
    // The line is gone for a moment; the next round tries again, and the page says how old its times are.
  } finally {
    running = false;
    if (again) {
      again = false;
      setTimeout(() => refresh(changed), GATHER_MS);
    }
  }
}

export function keepFresh(main, changed) {
  const how = main?.dataset.live;
  if (!how) return;
  if (offsetDiffers()) refresh(changed);
  const look = () => {
    if (document.visibilityState === "visible") refresh(changed);
  };
  document.addEventListener("visibilitychange", look);
  if (how === "poll") {
    setInterval(look, POLL_MS);
    return;
  }
  let gathering = 0;
  const stream = new EventSource("/api/v1/events");
  stream.addEventListener("statement", (event) => {
    const about = main.dataset.case;
    if (about && JSON.parse(event.data).case !== about) return;
    clearTimeout(gathering);
    gathering = setTimeout(() => refresh(changed), GATHER_MS);
  });
  setInterval(() => refresh(changed), SLOW_POLL_MS);
  window.addEventListener("pagehide", () => stream.close());
}
