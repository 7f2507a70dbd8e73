// The drill's page stays fresh while it is played, and says so when the station is gone: that belongs to the play.

import { refresh } from "./live.js";

const EVERY_MS = 1100;
const EVERY_WHILE_GONE_MS = 400;
const GONE_AFTER = 2;
const root = document.documentElement;
const down = document.getElementById("down");
const freshness = () => Number(root.dataset.fresh ?? 0);
const head = () => document.getElementById("part-head");

let missed = 0;
let lastAct = head()?.dataset.act ?? "";

function show(isGone) {
  if (!down || down.hidden !== isGone) return;
  const words = down.querySelector("strong");
  words.textContent = lastAct === "killing" ? words.dataset.killed : words.dataset.gone;
  down.hidden = !isGone;
}

async function look() {
  if (document.visibilityState === "visible") {
    const before = freshness();
    await refresh();
    const answered = freshness() !== before;
    missed = answered ? 0 : missed + 1;
    if (answered) lastAct = head()?.dataset.act ?? "";
    show(missed >= (lastAct === "killing" ? 1 : GONE_AFTER));
  }
  if (head() && !head().dataset.over) setTimeout(look, missed ? EVERY_WHILE_GONE_MS : EVERY_MS);
}

if (head() && !head().dataset.over) setTimeout(look, EVERY_MS);
else if (!head()) setTimeout(() => location.reload(), 5000);
