// Times in the reader's own zone with UTC beside them, and spans that count. The station's clock counts, not this one's.

const root = document.documentElement;
const skewMs = Number(root.dataset.now) - Date.now();
const offset = -new Date().getTimezoneOffset();

export const nowMs = () => Date.now() + skewMs;

const two = (number) => String(number).padStart(2, "0");
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function words(time) {
  const at = new Date(Number(time.dataset.ms));
  const now = new Date(nowMs());
  const seconds = time.dataset.seconds ? `:${two(at.getSeconds())}` : "";
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}${seconds}`;
  const day = `${at.getDate()} ${months[at.getMonth()]}`;
  if (at.toDateString() === now.toDateString()) return clock;
  return at.getFullYear() === now.getFullYear() ? `${day} ${clock}` : `${day} ${at.getFullYear()} ${clock}`;
}

// An instant of now as people read it: "03:12:07 (01:12 UTC)".
export function clockWords(ms) {
  const at = new Date(ms);
  const local = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return offset ? `${local} (${two(at.getUTCHours())}:${two(at.getUTCMinutes())} UTC)` : `${local} UTC`;
}

export function localTimes(within) {
  if (Number(root.dataset.offset) === offset) return;
  for (const time of within.querySelectorAll("time[data-ms]")) {
    const at = new Date(Number(time.dataset.ms));
    const utc = document.createElement("span");
    utc.className = "utc";
    utc.textContent = offset ? `(${two(at.getUTCHours())}:${two(at.getUTCMinutes())} UTC)` : "UTC";
    time.replaceChildren(`${words(time)} `, utc);
  }
}

function span(ms) {
  let seconds = Math.floor(Math.max(0, ms) / 1000);
  if (seconds < 60) return `${seconds} s`;
  let minutes = Math.floor(seconds / 60);
  seconds %= 60;
  if (minutes < 10) return seconds ? `${minutes} min ${seconds} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  minutes %= 60;
  if (!hours) return `${minutes} min`;
  if (hours < 48) return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
}

export function countDown(within = document) {
  const now = nowMs();
  for (const due of within.querySelectorAll("[data-due]")) {
    const left = Number(due.dataset.due) - now;
    const text = left >= 0 ? `in ${span(left)}` : `${span(-left)} ago`;
    if (due.textContent !== text) due.textContent = text;
  }
}

export function keepTime() {
  const here = `esos_offset=${offset}`;
  if (!document.cookie.split("; ").includes(here)) {
    document.cookie = `${here}; path=/; max-age=31536000; samesite=lax`;
  }
  localTimes(document);
  countDown();
  setInterval(countDown, 1000);
}

export const offsetDiffers = () => Number(root.dataset.offset) !== offset;
