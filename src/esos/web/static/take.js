// Taking a call: each answer goes to the station as it is typed, and the page says "saved" only after the station did.
// What the station has not got yet stays in this browser, also when the browser dies; it is sent again when it is back.

const KEPT = "esos-take:";
const PAUSE_MS = 300;
const RETRY_MS = 3000;

const read = (draft) => {
  try {
    return JSON.parse(localStorage.getItem(KEPT + draft) ?? "{}");
  } catch {
    return {};
  }
};

const write = (draft, answers) => {
  try {
    if (Object.keys(answers).length) localStorage.setItem(KEPT + draft, JSON.stringify(answers));
    else localStorage.removeItem(KEPT + draft);
  } catch {
    // This browser keeps nothing: then the station alone does.
  }
};

function listOnlyHere(draft) {
  const list = document.getElementById("only-here");
  if (!list) return;
  let names = [];
  try {
    names = Object.keys(localStorage).filter((name) => name.startsWith(KEPT) && name !== KEPT + draft);
  } catch {
    return;
  }
  list.hidden = !names.length;
  list.replaceChildren(...names.map((name) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = `/take/${name.slice(KEPT.length)}`;
    link.textContent = list.dataset.words;
    item.append(link);
    return item;
  }));
}

export function take() {
  const taken = document.querySelector("[data-taken]")?.dataset.taken;
  if (taken) write(taken, {});
  const form = document.getElementById("take");
  if (!form) return;
  const draft = form.dataset.draft;
  const state = document.getElementById("take-state");
  const openedMs = performance.now();
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  const turn = () => Math.round(Number(form.dataset.turn) + performance.now() - openedMs);
  const unsaved = read(draft); // question → its fields as they were typed last
  let timer = 0;
  let isSending = false;
  let isOver = false;

  const fieldsOf = (box) => [...box.querySelectorAll("input, textarea, select")]
    .filter((field) => field.name && (!["checkbox", "radio"].includes(field.type) || field.checked))
    .map((field) => [field.name, field.value]);
  const show = (words, isBad = false) => {
    state.textContent = words;
    state.classList.toggle("unsaved", isBad);
  };
  const body = (ask) => {
    const said = new URLSearchParams(unsaved[ask].fields);
    const csrf = form.querySelector("[name=csrf]");
    if (csrf) said.set("csrf", csrf.value);
    said.set("ask", ask);
    said.set("turn", String(unsaved[ask].turn));
    return said;
  };
  const sendAll = async () => {
    clearTimeout(timer);
    if (isSending || isOver) return;
    isSending = true;
    try {
      for (const ask of Object.keys(unsaved)) {
        const sent = unsaved[ask];
        const answer = await fetch(`/take/${draft}/keep`, { method: "POST", body: body(ask), keepalive: true });
        if (answer.status === 409) {
          isOver = true;
          for (const one of Object.keys(unsaved)) delete unsaved[one];
          write(draft, unsaved);
          show(form.dataset.done, true);
          return;
        }
        if (!answer.ok) throw new Error(String(answer.status));
        if (unsaved[ask] === sent) delete unsaved[ask];
        write(draft, unsaved);
      }
      if (Object.keys(unsaved).length) timer = setTimeout(sendAll, PAUSE_MS);
      else show(form.dataset.saved);
    } catch {
      show(form.dataset.unsaved, true);
      timer = setTimeout(sendAll, RETRY_MS);
    } finally {
      isSending = false;
    }
  };
  const note = (event) => {
    const box = event.target.closest("[data-ask]");
    if (!box || isOver) return;
    unsaved[box.dataset.ask] = { turn: turn(), fields: fieldsOf(box) };
    write(draft, unsaved);
    show(form.dataset.saving);
    clearTimeout(timer);
    timer = setTimeout(sendAll, event.type === "change" ? 0 : PAUSE_MS);
  };
  const fill = () => {
    for (const [ask, { fields }] of Object.entries(unsaved)) {
      const box = form.querySelector(`[data-ask="${CSS.escape(ask)}"]`);
      for (const field of box?.querySelectorAll("input, textarea, select") ?? []) {
        const given = fields.filter(([name]) => name === field.name).map(([, value]) => value);
        if (["checkbox", "radio"].includes(field.type)) field.checked = given.includes(field.value);
        else field.value = given[0] ?? "";
      }
    }
  };

  history.replaceState(null, "", `/take/${draft}${location.hash}`);
  fill();
  form.addEventListener("input", note);
  form.addEventListener("change", note);
  form.addEventListener("submit", () => {
    isOver = true; // the form itself carries every answer now; what is kept here goes once the station has it
    clearTimeout(timer);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault(); // Enter never makes a call by mistake: it goes on to the next question
    const boxes = [...form.querySelectorAll("[data-ask]")];
    const next = boxes[boxes.indexOf(event.target.closest("[data-ask]")) + 1];
    next?.querySelector("input, textarea, select")?.focus();
  });
  addEventListener("pagehide", () => {
    if (!isOver && Object.keys(unsaved).length) sendAll();
  });
  listOnlyHere(draft);
  if (Object.keys(unsaved).length) sendAll();
  else form.querySelector("[data-ask] input")?.focus();
}
