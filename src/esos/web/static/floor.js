// The watch floor by keyboard, and its sound: off until an officer switches it on, and the page says which it is.

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

export function watchSound() {
  const button = document.getElementById("sound");
  if (!button) return () => {};
  let context = null;
  let timer = 0;
  let isOn = false;

  const alone = () => Number(document.getElementById("alarm")?.dataset.alone ?? 0);
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
  const show = () => {
    const heard = isOn && context?.state === "running";
    button.textContent = heard ? "Sound is on" : "Sound is off: turn on";
    button.setAttribute("aria-pressed", String(heard));
    const muted = document.getElementById("muted");
    if (muted) muted.hidden = heard;
    clearInterval(timer);
    if (heard && alone()) {
      beep();
      timer = setInterval(beep, EVERY_MS);
    }
  };
  button.hidden = false;
  button.addEventListener("click", async () => {
    isOn = !(isOn && context?.state === "running");
    localStorage.setItem(SOUND, isOn ? "on" : "off");
    if (isOn) {
      context ??= new AudioContext();
      await context.resume();
    }
    show();
  });
  show();
  let last = alone();
  return () => {
    if (alone() !== last) {
      last = alone();
      show();
      return;
    }
    const muted = document.getElementById("muted");
    if (muted) muted.hidden = isOn && context?.state === "running";
  };
}
