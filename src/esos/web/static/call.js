// The countdown before a call leaves, and trying again until it got through. Nothing that was filled in is lost.

const RETRY_MS = 3000;

export function arm(form) {
  if (!form) return;
  const dialog = document.getElementById("arming");
  const count = document.getElementById("arming-count");
  const title = document.getElementById("arming-title");
  const words = document.getElementById("arming-words");
  const now = document.getElementById("arming-now");
  let timer = 0;

  const stop = () => {
    clearTimeout(timer);
    timer = 0;
  };
  const send = async () => {
    stop();
    title.textContent = "Calling…";
    words.textContent = "Sending your call to the station.";
    now.hidden = true;
    const body = new URLSearchParams(new FormData(form));
    body.set("confirmed", "1");
    try {
      const answer = await fetch(form.action, { method: "POST", body });
      if (answer.ok) {
        location.assign(answer.url);
        return;
      }
      words.textContent = `The station did not take the call (${answer.status}). It is tried again in 3 seconds.`;
    } catch {
      words.textContent = "The station cannot be reached just now. It is tried again in 3 seconds. If you have a telephone, use it too.";
    }
    if (dialog.open) timer = setTimeout(send, RETRY_MS);
  };
  const tick = (left) => {
    count.textContent = String(left);
    if (left <= 0) send();
    else timer = setTimeout(() => tick(left - 1), 1000);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = new FormData(form).get("urgency");
    title.replaceChildren("Calling in ", count);
    words.textContent = "People on watch will be called.";
    now.hidden = false;
    dialog.showModal();
    document.getElementById("arming-abort").focus();
    tick(chosen === "advisory" ? 0 : Number(form.dataset.arm));
  });
  document.getElementById("arming-abort").addEventListener("click", () => dialog.close());
  now.addEventListener("click", send);
  dialog.addEventListener("close", stop);
}
