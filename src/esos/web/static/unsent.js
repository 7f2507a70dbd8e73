// While the station cannot be reached: what was typed stays in this tab, and the call is put into words that a person can
// carry by telephone, by text message, or as a file. It is signed by nobody: whoever gets it calls back.

import { say } from "./words.js";

const DRAFT = "esos-unsent-call";
const PASSED_OVER = new Set(["csrf", "visit", "confirmed"]);

const fieldsOf = (form) => [...new FormData(form)].filter(([name]) => !PASSED_OVER.has(name));

export function keepDraft(form, store = sessionStorage) {
  try {
    const kept = JSON.parse(store.getItem(DRAFT) ?? "[]");
    if (kept.length && !fieldsOf(form).some(([, value]) => value && value !== "unknown")) fill(form, kept);
    form.addEventListener("input", () => store.setItem(DRAFT, JSON.stringify(fieldsOf(form))));
  } catch {
    // This browser keeps nothing: then the page itself still does, as long as it is open.
  }
}

export function forgetDraft(store = sessionStorage) {
  try {
    store.removeItem(DRAFT);
  } catch {
    // Nothing was kept.
  }
}

function fill(form, kept) {
  for (const [name, value] of kept) {
    for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (field.type === "checkbox" || field.type === "radio") field.checked ||= field.value === value;
      else field.value = value;
    }
  }
}

// The call as a person reads it out: labels of the form itself, so that it says what was chosen.
export function inWords(form) {
  const said = (field) => (field.closest("label")?.querySelector("b") ?? field.closest("label")?.querySelector("span"))?.textContent.trim() ?? field.value;
  const chosen = (name) => [...form.querySelectorAll(`[name="${name}"]:checked`)].map(said).join("; ");
  const typed = (name) => form.elements[name]?.value.trim() ?? "";
  const lines = [
    ["Who is in distress: {value}", typed("name")],
    ["Call back: {value}", typed("reply")],
    ["Urgency: {value}", chosen("urgency")],
    ["What we see: {value}", chosen("nature")],
    ["In our words: {value}", typed("words")],
    ["Number of the printed card: {value}", typed("card")],
  ];
  const isDrill = document.querySelector(".drill-banner");
  const first = say(isDrill ? "EXERCISE EXERCISE EXERCISE. Call for help: {station}" : "Call for help to {station}", { station: location.host });
  return [first, ...lines.filter(([, value]) => value).map(([label, value]) => say(label, { value }))].join("\n");
}

export function showOtherWays(form) {
  const box = document.getElementById("other-ways");
  if (!box) return;
  const text = inWords(form);
  box.hidden = false;
  box.querySelector("textarea").value = text;
  const file = box.querySelector("a");
  if (file.href.startsWith("blob:")) URL.revokeObjectURL(file.href);
  file.href = URL.createObjectURL(new Blob([text + "\n"], { type: "text/plain" }));
}
