// The watch floor by keyboard, and its sound: off until an officer switches it on, and the page says which it is.

import { say as words } from "./words.js";

const SOUND = "esos-sound";
const EVERY_MS = 6000;

export function watchKeys() {
  if (!document.getElementById("rows")) return;
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches("input, select, textarea")) return;
    const links = [...document.querySelectorAll("[data-row] .open")];
    const row = document.activeElement?.closest("[data-row]");
    const at = links.findIndex((link) => row?.contains(link));
    if (event.key === "j") links[Math.min(at + 1, links.length - 1)]?.focus();
    else if (event.key === "k") links[Math.max(at - 1, 0)]?.focus();
    else if (event.key === "a") (row ?? document).querySelector("[data-row] form, form[action$='/acknowledged']")?.requestSubmit();
    else return;
    event.preventDefault();
  });
}

// The alarm: while a call has no person, or the page can no longer be kept fresh. ``refreshed`` looks again after a
// round, ``stale`` is told whether the page is old. A browser lets nothing sound before a key or a click on the page.
export function watchSound() {
  const alarm = () => document.querySelector("[data-alone]");
  if (!alarm()) return { refreshed: () => {}, stale: () => {} };
  const button = document.getElementById("sound");
  let context = null;
  let timer = 0;
  let isOn = localStorage.getItem(SOUND) === "on";
  let isStale = false;

  const alone = () => Number(alarm()?.dataset.alone ?? 0);
  const isHeard = () => isOn && context?.state === "running";
  const beep = () => {
    const start = context.currentTime;
    for (const [after, pitch] of [[0, 880], [0.22, 660], [0.44, 880]]) {
      const tone = context.createOscillator();
      const volume = context.createGain();
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.0001, start + after);
      volume.gain.exponentialRampToValueAtTime(0.25, start + after + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, start + after + 0.2);
      tone.connect(volume).connect(context.destination);
      tone.start(start + after);
      tone.stop(start + after + 0.21);
    }
  };
  const say = () => {
    const muted = document.getElementById("muted");
    if (muted) muted.hidden = isHeard();
    if (!button) return;
    button.textContent = words(isHeard() ? "Sound is on" : isOn ? "Sound comes on with your next key or click" : "Sound is off: turn on");
    button.setAttribute("aria-pressed", String(isHeard()));
  };
  const show = () => {
    say();
    clearInterval(timer);
    document.documentElement.dataset.alarm = String(Boolean(alone() || isStale));
    if (isHeard() && (alone() || isStale)) {
      beep();
      timer = setInterval(beep, EVERY_MS);
    }
  };
  const wake = async () => {
    if (!isOn || isHeard()) return;
    context ??= new AudioContext();
    context.onstatechange = show;
    await context.resume();
  };
  if (button) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      isOn = !isHeard();
      localStorage.setItem(SOUND, isOn ? "on" : "off");
      await wake();
      show();
    });
  }
  for (const touch of ["pointerdown", "keydown"]) {
    document.addEventListener(touch, (event) => {
      if (event.target !== button) wake();
    });
  }
  show();
  let last = alone();
  return {
    refreshed: () => {
      if (alone() === last) return say();
      last = alone();
      show();
    },
    stale: (isOld) => {
      isStale = isOld;
      show();
    },
  };
}
