// The sound of the watch. It cannot be trusted unless it is watched itself: every tone is measured while it plays, and
// what is not heard is said in red. It goes on until somebody has charge, and a mayday sounds otherwise than the rest.
// A browser lets nothing sound before a key or a click on the page.

import { say as words } from "./words.js";

const SOUND = "esos-sound";
const HEARD = "esos-sound-heard";
const LOUD = 0.25;
const MEASURE_MS = 40;
const STILL = 128; // what an analyser reads where nothing sounds
const TRUSTED_HOURS = 12;
// Tones as seconds after the beginning and pitch in hertz, and how often the whole is sounded again.
const MAYDAY = { tones: [[0, 880], [0.22, 660], [0.44, 880], [0.66, 660], [0.88, 880], [1.1, 660]], everyMs: 3000 };
const OTHER = { tones: [[0, 660], [0.3, 660]], everyMs: 6000 };
const TEST = { tones: [[0, 523], [0.25, 659], [0.5, 784]], everyMs: 0 };
const TONE_S = 0.2;

const byId = (id) => document.getElementById(id);
const alarm = () => document.querySelector("[data-alone]");
const alone = () => Number(alarm()?.dataset.alone ?? 0);
const maydays = () => Number(alarm()?.dataset.mayday ?? 0);

// Sounds a pattern and measures it: the promise holds whether anything came out of this program.
function sounded(context, { tones }) {
  const analyser = context.createAnalyser();
  analyser.connect(context.destination);
  for (const [after, pitch] of tones) {
    const [tone, volume] = [context.createOscillator(), context.createGain()];
    const start = context.currentTime + after;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, start);
    volume.gain.exponentialRampToValueAtTime(LOUD, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + TONE_S);
    tone.connect(volume).connect(analyser);
    tone.start(start);
    tone.stop(start + TONE_S);
  }
  const samples = new Uint8Array(analyser.fftSize);
  const lastsMs = 1000 * (tones.at(-1)[0] + TONE_S);
  return new Promise((done) => {
    const began = performance.now();
    const measuring = setInterval(() => {
      analyser.getByteTimeDomainData(samples);
      const isHeard = samples.some((one) => Math.abs(one - STILL) > 2);
      if (!isHeard && performance.now() - began < 2 * lastsMs) return;
      clearInterval(measuring);
      setTimeout(() => analyser.disconnect(), lastsMs);
      done(isHeard);
    }, MEASURE_MS);
  });
}

// ``refreshed`` looks again after a round, ``stale`` is told whether the page is old.
export function watchSound() {
  if (!alarm()) return { refreshed: () => {}, stale: () => {} };
  const button = byId("sound");
  let context = null;
  let timer = 0;
  let isOn = localStorage.getItem(SOUND) === "on";
  let isStale = false;
  let hasFailed = false;

  const runs = () => context?.state === "running";
  const isHeard = () => isOn && runs() && !hasFailed;
  const wanted = () => Boolean(alone() || isStale);
  const why = () => (hasFailed ? "failed" : !isOn ? "off" : !runs() ? "blocked" : "");

  const say = () => {
    const silent = byId("silent");
    if (silent) {
      silent.hidden = isHeard();
      silent.classList.toggle("urgent", wanted() || hasFailed);
      for (const one of ["off", "blocked", "failed"]) byId(`silent-${one}`).hidden = why() !== one;
    }
    if (!button) return;
    button.textContent = words(isHeard() ? "Sound is on" : isOn && !hasFailed ? "Sound comes on with your next key or click" : "Sound is off: turn on");
    button.setAttribute("aria-pressed", String(isHeard()));
    const heardMs = Number(localStorage.getItem(HEARD) ?? 0);
    byId("sound-old").hidden = Date.now() - heardMs < TRUSTED_HOURS * 3_600_000;
  };
  const beep = async (pattern) => {
    try {
      hasFailed = !(await sounded(context, pattern));
    } catch {
      hasFailed = true; // the device is gone, or was taken away
    }
    document.documentElement.dataset.sounded = hasFailed ? "failed" : String(Number(document.documentElement.dataset.sounded ?? 0) + 1);
    say();
  };
  const show = () => {
    say();
    clearInterval(timer);
    document.documentElement.dataset.alarm = String(wanted());
    if (!wanted() || !isOn || !runs()) return;
    const pattern = maydays() || isStale ? MAYDAY : OTHER;
    document.documentElement.dataset.pattern = pattern === MAYDAY ? "mayday" : "other";
    beep(pattern);
    timer = setInterval(() => beep(pattern), pattern.everyMs);
  };
  const wake = async () => {
    context ??= new AudioContext();
    context.onstatechange = show;
    await context.resume();
  };
  if (button) {
    button.hidden = false;
    byId("sound-test").hidden = false;
    button.addEventListener("click", async () => {
      isOn = !isHeard();
      hasFailed = false;
      localStorage.setItem(SOUND, isOn ? "on" : "off");
      if (isOn) await wake();
      show();
    });
    byId("sound-test").addEventListener("click", async () => {
      await wake();
      await beep(TEST);
      byId("sound-asked").hidden = hasFailed;
    });
    byId("sound-heard").addEventListener("click", () => {
      localStorage.setItem(HEARD, String(Date.now()));
      byId("sound-asked").hidden = true;
      byId("sound-unheard-words").hidden = true;
      say();
    });
    byId("sound-unheard").addEventListener("click", () => {
      localStorage.removeItem(HEARD);
      byId("sound-asked").hidden = true;
      byId("sound-unheard-words").hidden = false;
      say();
    });
  }
  for (const touch of ["pointerdown", "keydown"]) {
    document.addEventListener(touch, (event) => {
      if (isOn && !runs() && !event.target.closest?.("#sound, #sound-test")) wake();
    });
  }
  show();
  let last = [alone(), maydays()].join();
  return {
    refreshed: () => {
      const now = [alone(), maydays()].join();
      if (now === last) return say();
      last = now;
      show();
    },
    stale: (isOld) => {
      isStale = isOld;
      show();
    },
  };
}
