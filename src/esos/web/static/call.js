// The countdown before a call leaves, and trying again until it got through. Nothing that was filled in is lost: it is
// kept in this tab until the station has the call, also where the browser dies in between.

import { keepDraft, forgetDraft, showOtherWays } from "./unsent.js";
import { say, sayCount } from "./words.js";

const RETRY_MS = 3000;
const UNHEEDED_MS = 500; // the key that sent the form, still held down, must not abort the call in the same breath

// ``handOver`` takes what was filled in, once the countdown is over; without one it is sent from here.
export function arm(form, handOver = null) {
  if (!form) return;
  const dialog = document.getElementById("arming");
  const count = document.getElementById("arming-count");
  const title = document.getElementById("arming-title");
  const words = document.getElementById("arming-words");
  const now = document.getElementById("arming-now");
  const abort = document.getElementById("arming-abort");
  let timer = 0;
  let openedMs = 0;
  let wantsBack = false;
  let tries = 0;
  if (!handOver) keepDraft(form);

  const stop = () => {
    clearTimeout(timer);
    timer = 0;
  };
  // The station understood and would not take it so: the form goes as a page without a script would send it.
  const submitPlainly = () => {
    const confirmed = document.createElement("input");
    Object.assign(confirmed, { type: "hidden", name: "confirmed", value: "1" });
    form.append(confirmed);
    form.submit();
  };
  const refused = async (body) => {
    words.textContent = say("The station did not take the call in this form. It is sent again without your sign-in.");
    try {
      body.delete("csrf");
      const answer = await fetch(form.action, { method: "POST", body, credentials: "omit" });
      if (answer.ok) arrived(answer.url);
      else submitPlainly();
    } catch {
      again(say("The station cannot be reached just now."));
    }
  };
  const again = (why) => {
    const tried = sayCount(
      "Tried once; it is tried again every 3 seconds. If you have a telephone, use it too.",
      "Tried {count} times; it is tried again every 3 seconds. If you have a telephone, use it too.",
      tries,
    );
    words.textContent = `${why} ${tried}`;
    showOtherWays(form);
    if (dialog.open) timer = setTimeout(send, RETRY_MS);
  };
  const arrived = (address) => {
    forgetDraft();
    location.assign(address);
  };
  const send = async () => {
    stop();
    if (handOver) {
      dialog.close();
      handOver(new FormData(form));
      return;
    }
    tries += 1;
    title.textContent = say("Calling…");
    if (tries === 1) words.textContent = say("Sending your call to the station.");
    now.hidden = true;
    abort.textContent = say("Take it back");
    const body = new URLSearchParams(new FormData(form));
    body.set("confirmed", "1");
    try {
      const answer = await fetch(form.action, { method: "POST", body });
      if (answer.ok) arrived(wantsBack ? cancelPage(answer.url) : answer.url);
      else if (answer.status >= 400 && answer.status < 500) await refused(body);
      else again(say("The station did not take the call ({status}).", { status: answer.status }));
    } catch {
      again(say("The station cannot be reached just now."));
    }
  };
  const cancelPage = (address) => {
    const page = new URL(address);
    return page.pathname.startsWith("/c/") ? `${page.pathname}/cancel` : address;
  };
  const tick = (left) => {
    count.textContent = String(left);
    if (left <= 0) send();
    else timer = setTimeout(() => tick(left - 1), 1000);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = new FormData(form).get("urgency");
    const [before, after] = say("Calling in {count}").split("{count}");
    title.replaceChildren(before, count, after ?? "");
    words.textContent = say("People on watch will be called.");
    now.hidden = false;
    abort.textContent = abort.dataset.words;
    wantsBack = false;
    tries = 0;
    openedMs = performance.now();
    dialog.showModal();
    abort.focus();
    tick(chosen === "advisory" ? 0 : Number(form.dataset.arm));
  });
  abort.addEventListener("click", (event) => {
    const isByKey = event.detail === 0;
    if (isByKey && performance.now() - openedMs < UNHEEDED_MS) return;
    if (now.hidden) {
      // It is on its way and cannot be stopped: as soon as it has arrived, the page that cancels it opens.
      wantsBack = true;
      words.textContent = say("The call is on its way. As soon as the station has it, you can take it back.");
    } else dialog.close();
  });
  dialog.addEventListener("cancel", (event) => {
    if (now.hidden) event.preventDefault();
  });
  now.addEventListener("click", send);
  dialog.addEventListener("close", stop);
}
