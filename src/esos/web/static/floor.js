// The watch by keyboard. Every key does what a link or a button on the page does too; `?` shows them, and single keys can
// be switched off there (WCAG 2.1.4), since programs that listen to a voice type letters.

const KEYS = "esos-keys";
const byId = (id) => document.getElementById(id);
const isOn = () => localStorage.getItem(KEYS) !== "off";

function move(step) {
  const links = [...document.querySelectorAll("[data-row] .open")];
  const row = document.activeElement?.closest("[data-row]");
  const at = links.findIndex((link) => row?.contains(link));
  links[at < 0 ? 0 : Math.max(0, Math.min(at + step, links.length - 1))]?.focus();
}

function take() {
  const row = document.activeElement?.closest("[data-row]");
  (row ?? document).querySelector("[data-row] form, form[action$='/acknowledged']")?.requestSubmit();
}

// Opens what an officer can do of one kind, and puts the cursor into its first field.
function open(kind) {
  const box = byId(`act-${kind}`);
  if (!box) return;
  box.open = true;
  box.scrollIntoView({ block: "nearest" });
  (box.querySelector("input:not([type=hidden]), select, textarea") ?? box.querySelector("button")).focus();
}

const go = (address) => location.assign(address);

const DOES = {
  j: () => move(1),
  k: () => move(-1),
  a: take,
  r: () => open("requested"),
  m: () => open("messaged"),
  c: () => open("called_back"),
  u: () => open("urgency_changed"),
  h: () => open("handed_over"),
  s: () => open("stabilised"),
  d: () => open("stood_down"),
  b: () => go("/watch"),
  t: () => go("/take"),
  w: () => go("/roster"),
  o: () => go("/register"),
  p: () => go("/watch/map"),
};

export function watchKeys() {
  const help = byId("keys");
  if (!help) return;
  const box = byId("keys-on");
  box.checked = isOn();
  box.addEventListener("change", () => localStorage.setItem(KEYS, box.checked ? "on" : "off"));
  byId("keys-show").hidden = false;
  byId("keys-show").addEventListener("click", () => help.showModal());
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches("input, select, textarea") || help.open || !isOn()) return;
    if (event.key === "?") help.showModal();
    else if (event.key in DOES) DOES[event.key]();
    else return;
    event.preventDefault();
  });
}
