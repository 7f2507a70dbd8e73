// The caller's page kept on a telephone. What was typed, and a call that has not left, stay here over a reload; the call
// is tried again and again, always under the same id, so that it arrives once. Nothing here ever says that it arrived:
// when the station has answered, its own page opens and says so.

import { arm } from "./call.js";
import { spokenCall } from "./spoken.js";
import { askToKeep } from "./worker-ask.js";
import { forgetDraft, inWords, keepDraft } from "./unsent.js";

const OUTBOX = "esos-kept-unsent";
const CARD = "esos-kept-card";
const ANSWER_MS = 15000;
const FIRST_AGAIN_MS = 3000;
const AGAIN_MAX_MS = 30000;
const SECRET_BYTES = 16;
const FOR_GOOD = new Set([400, 413, 422]);
const NOT_OF_SIGN_IN = new Set([408, 413, 429]);
const NUMBER = /\d(?:[ -]?\d){7}/g;

const byId = (id) => document.getElementById(id);
const form = byId("call");
const realm = document.documentElement.classList.contains("drill") ? "exercise" : "real";
const hex = (bytes) => [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
const read = (name) => JSON.parse(localStorage.getItem(name) ?? "null");
const write = (name, value) => localStorage.setItem(name, JSON.stringify(value));

let timer = 0;
let gapMs = FIRST_AGAIN_MS;
let trying = false;

// ---- the call that has not left ------------------------------------------------------------------

function show(why, code = "") {
  const unsent = read(OUTBOX);
  byId("unsent").hidden = !unsent;
  if (!unsent) return;
  byId("unsent-tries").textContent = String(unsent.tries);
  byId("unsent-last").textContent = unsent.lastMs ? new Date(unsent.lastMs).toLocaleTimeString() : "–";
  const now = unsent.refusal ? "never" : why;
  for (const one of ["offline", "silent", "refused", "never"]) byId(`unsent-${one}`).hidden = one !== now;
  byId("unsent-code").textContent = code;
  byId("unsent-why").textContent = unsent.refusal ?? "";
  byId("unsent-again").hidden = Boolean(unsent.refusal);
}

const isCallPage = (answer) => answer.ok && new URL(answer.url).origin === location.origin && new URL(answer.url).pathname.startsWith("/c/");

async function post(body, credentials) {
  return fetch("/", { method: "POST", body: new URLSearchParams(body), credentials, signal: AbortSignal.timeout(ANSWER_MS) });
}

async function offer(body) {
  const answer = await post(body, "same-origin");
  const isOfSignIn = answer.status >= 400 && answer.status < 500 && !NOT_OF_SIGN_IN.has(answer.status);
  return isOfSignIn ? post(body, "omit") : answer;
}

// In the station's own words why it will never take this call as it is; "" where that is not so, or somebody else speaks.
async function refusalOf(answer) {
  const isStations = (answer.headers.get("content-type") ?? "").startsWith("application/problem+json");
  if (!FOR_GOOD.has(answer.status) || !isStations) return "";
  const { detail, hint, code } = await answer.json();
  return detail && code ? `${[detail, hint].filter(Boolean).join(" ")} [${code}]` : "";
}

// One attempt; whatever comes of it but the page of the call, or a refusal for good, it is tried again.
async function attempt() {
  clearTimeout(timer);
  const unsent = read(OUTBOX);
  if (!unsent || unsent.refusal || trying) return;
  trying = true;
  write(OUTBOX, { ...unsent, tries: unsent.tries + 1, lastMs: Date.now() });
  try {
    const answer = await offer(unsent.body);
    if (isCallPage(answer)) return arrived(answer.url);
    const refusal = await refusalOf(answer);
    if (refusal) return refused(refusal);
    show("refused", String(answer.status));
  } catch {
    show(navigator.onLine ? "silent" : "offline");
  } finally {
    trying = false;
  }
  if (!read(OUTBOX)) return;
  timer = setTimeout(attempt, gapMs);
  gapMs = Math.min(2 * gapMs, AGAIN_MAX_MS);
}

// What was typed stays in the form: changed, it can be sent again.
function refused(refusal) {
  const unsent = read(OUTBOX);
  if (unsent) write(OUTBOX, { ...unsent, refusal });
  show("never");
}

function arrived(address) {
  const wasDropped = !read(OUTBOX);
  strike(form.elements.card.value);
  localStorage.removeItem(OUTBOX);
  forgetDraft(localStorage);
  location.assign(wasDropped ? `${new URL(address).pathname}/cancel` : address);
}

function handOver(filled) {
  const secret = hex(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
  const fields = [...filled].filter(([name]) => name !== "visit" && name !== "csrf");
  write(OUTBOX, { body: [...fields, ["visit", secret], ["confirmed", "1"]], tries: 0, lastMs: 0 });
  byId("dropped").hidden = true;
  gapMs = FIRST_AGAIN_MS;
  show(navigator.onLine ? "" : "offline");
  ways();
  byId("unsent").scrollIntoView({ block: "start" });
  attempt();
}

function drop() {
  clearTimeout(timer);
  localStorage.removeItem(OUTBOX);
  byId("dropped").hidden = false;
  show("");
}

function soon() {
  gapMs = FIRST_AGAIN_MS;
  attempt();
}

// Whoever asks for it is let try also what was refused for good: the station may be another by now.
function tryNow() {
  const unsent = read(OUTBOX);
  if (unsent) write(OUTBOX, { ...unsent, refusal: "" });
  soon();
}

// ---- the printed card ----------------------------------------------------------------------------

const numbersIn = (text) => [...text.matchAll(NUMBER)].map(([found]) => found.replace(/\D/g, ""));

// What the card's code says: ESOS-CARD1|realm|member|…|name, or the member's number alone.
function cardFrom(text) {
  const parts = text.trim().split("|");
  if (parts[0] !== "ESOS-CARD1") return { realm, member: text.trim().toLowerCase(), name: "" };
  return { realm: parts[1], member: parts[2] ?? "", name: parts[6] ?? "" };
}

const unused = () => {
  const card = read(CARD);
  return card ? numbersIn(card.numbers).filter((one) => !card.used.includes(one)) : [];
};

function strike(number) {
  const card = read(CARD);
  const digits = number.replace(/\D/g, "");
  if (card && digits) write(CARD, { ...card, used: [...new Set([...card.used, digits])] });
}

function showCard() {
  const card = read(CARD);
  const known = card ? cardFrom(card.code) : null;
  byId("card-member").hidden = !known?.name;
  byId("card-name").textContent = known?.name ?? "";
  byId("card-odd").hidden = !card || known.realm === realm;
  byId("card-list").replaceChildren(...numbersIn(card?.numbers ?? "").map((number) => {
    const words = document.createElement(card.used.includes(number) ? "s" : "span");
    words.textContent = `${number.slice(0, 4)} ${number.slice(4)}`;
    const item = document.createElement("li");
    item.append(words);
    return item;
  }));
}

function keepCard() {
  const before = read(CARD);
  write(CARD, { code: byId("card-code").value, numbers: byId("card-numbers").value, used: before?.used ?? [] });
  showCard();
  ways();
}

// ---- other ways ----------------------------------------------------------------------------------

// A number that is read aloud must be another than the one in the form: each serves once.
async function aloud() {
  const card = read(CARD);
  const known = card ? cardFrom(card.code) : null;
  const typed = form.elements.card.value.replace(/\D/g, "");
  const token = unused().find((one) => one !== typed) ?? "";
  if (!known || known.realm !== realm) return "";
  const natures = [...form.querySelectorAll("[name=nature]:checked")].map((one) => [Number(one.dataset.code), one.value]);
  const urgency = form.querySelector("[name=urgency]:checked")?.value ?? "mayday";
  return spokenCall({ realm, member: known.member, urgency, natures, token });
}

async function ways() {
  const spoken = await aloud();
  const plain = inWords(form);
  const text = spoken || plain;
  byId("words-box").hidden = false;
  byId("say-card").hidden = !spoken;
  byId("say-plain").hidden = Boolean(spoken);
  byId("aloud").value = text;
  const body = encodeURIComponent(spoken ? `${spoken}\n${plain}` : plain);
  byId("by-text-any").href = `sms:?body=${body}`;
  const byText = byId("by-text");
  if (byText) byText.href = `sms:${byText.dataset.to}?body=${body}`;
  const byMail = byId("by-mail");
  if (byMail) byMail.href = `mailto:${byMail.dataset.to}?subject=${encodeURIComponent(text.slice(0, 60))}&body=${body}`;
  byId("by-file").href = `data:text/plain;charset=utf-8,${body}`;
}

// ---- the page ------------------------------------------------------------------------------------

function forget() {
  drop();
  for (const name of [OUTBOX, CARD]) localStorage.removeItem(name);
  forgetDraft(localStorage);
  form.reset();
  for (const id of ["card-code", "card-numbers"]) byId(id).value = "";
  byId("dropped").hidden = true;
  byId("forgotten").hidden = false;
  showCard();
  ways();
}

function fillCard() {
  const card = read(CARD);
  if (!card) return;
  byId("card-code").value = card.code;
  byId("card-numbers").value = card.numbers;
  form.elements.card.value ||= unused()[0] ?? "";
}

async function sayWhetherKept() {
  const isKept = await askToKeep();
  byId("kept-yes").hidden = !isKept;
  byId("kept-not").hidden = isKept;
  document.documentElement.dataset.kept = String(isKept);
}

function sayWhereThisIs() {
  if (!location.pathname.startsWith("/c/")) return;
  byId("call-page").hidden = false;
  byId("call-page-again").href = location.pathname;
}

keepDraft(form, localStorage);
fillCard();
arm(form, handOver);
showCard();
show(navigator.onLine ? "" : "offline");
ways();
sayWhereThisIs();
byId("unsent-now").addEventListener("click", tryNow);
byId("unsent-drop").addEventListener("click", drop);
byId("forget").addEventListener("click", forget);
form.addEventListener("input", ways);
for (const id of ["card-code", "card-numbers"]) byId(id).addEventListener("input", keepCard);
window.addEventListener("online", soon);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && soon());
attempt();
sayWhetherKept();
