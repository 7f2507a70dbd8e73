// What a page gains with a script: it stays fresh, counts down, and answers to keys. Without one every page still works.

import { arm } from "./call.js";
import { watchKeys } from "./floor.js";
import { keepFresh } from "./live.js";
import { watchSound } from "./sound.js";
import { take } from "./take.js";
import { keepTime } from "./time.js";
import { askToKeep } from "./worker-ask.js";

keepTime();
arm(document.getElementById("call"));
take();
if (document.getElementById("call")) askToKeep();
const sound = watchSound();
watchKeys();
keepFresh(document.getElementById("main"), sound.refreshed, sound.stale);

const print = document.getElementById("print");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
const here = document.querySelector(".top nav [aria-current]");
if (here) here.scrollIntoView({ block: "nearest", inline: "nearest" });
const notice = document.querySelector("[data-focus]");
if (notice) notice.focus();
