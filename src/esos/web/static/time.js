// Times in the reader's own zone with UTC beside them, and spans that count. The station's clock counts, not this one's.

import { say, sayCount } from "./words.js";

const root = document.documentElement;
const skewMs = Number(root.dataset.now) - Date.now();
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
const isUtc = (at) => at.getTimezoneOffset() === 0;

export const nowMs = () => Date.now() + skewMs;

const two = (number) => String(number).padStart(2, "0");
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function words(time) {
  const at = new Date(Number(time.dataset.ms));
  const now = new Date(nowMs());
  const seconds = time.dataset.seconds ? `:${two(at.getSeconds())}` : "";
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}${seconds}`;
  if (at.toDateString() === now.toDateString()) return clock;
  const parts = { day: at.getDate(), month: say(months[at.getMonth()]), year: at.getFullYear(), time: clock };
  return say(at.getFullYear() === now.getFullYear() ? "{day} {month} {time}" : "{day} {month} {year} {time}", parts);
}

// An instant of now as people read it: "03:12:07 (01:12 UTC)".
export function clockWords(ms) {
  const at = new Date(ms);
  const local = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return !isUtc(at)
    ? say("{time} ({utc} UTC)", { time: local, utc: `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}` })
    : say("{time} UTC", { time: local });
}

export function localTimes(within) {
  if (!zoneDiffers()) return;
  for (const time of within.querySelectorAll("time[data-ms]")) {
    const at = new Date(Number(time.dataset.ms));
    const utc = document.createElement("span");
    utc.className = "utc";
    utc.textContent = !isUtc(at) ? `(${two(at.getUTCHours())}:${two(at.getUTCMinutes())} UTC)` : "UTC";
    time.replaceChildren(`${words(time)} `, utc);
  }
}

function span(ms) {
  let seconds = Math.floor(Math.max(0, ms) / 1000);
  if (seconds < 60) return say("{seconds} s", { seconds });
  let minutes = Math.floor(seconds / 60);
  seconds %= 60;
  if (minutes < 10) return say(seconds ? "{minutes} min {seconds} s" : "{minutes} min", { minutes, seconds });
  const hours = Math.floor(minutes / 60);
  minutes %= 60;
  if (!hours) return say("{minutes} min", { minutes });
  if (hours < 48) return say(minutes ? "{hours} h {minutes} min" : "{hours} h", { hours, minutes });
  return sayCount("{count} day", "{count} days", Math.floor(hours / 24));
}

export function countDown(within = document) {
  const now = nowMs();
  for (const due of within.querySelectorAll("[data-due]")) {
    const left = Number(due.dataset.due) - now;
    const text = left >= 0 ? say("in {span}", { span: span(left) }) : say("{span} ago", { span: span(-left) });
    if (due.textContent !== text) due.textContent = text;
  }
}

export function keepTime() {
  const offset = -new Date().getTimezoneOffset();
  for (const here of [`esos_offset=${offset}`, `esos_zone=${encodeURIComponent(zone)}`]) {
    if (document.cookie.split("; ").includes(here)) continue;
    document.cookie = `${here}; path=/; max-age=31536000; samesite=lax`;
  }
  localTimes(document);
  countDown();
  setInterval(countDown, 1000);
}

// Whether the page was written by another clock than this browser's; one with an offset alone is wrong after a change.
export const zoneDiffers = () => root.dataset.zone !== zone;
