// Passkeys: a page's button, the device's own question, and the answer to the station. Without a script there are links.

const can = "PublicKeyCredential" in window && "parseRequestOptionsFromJSON" in PublicKeyCredential;

function tell(words) {
  const told = document.getElementById("passkey-told");
  told.textContent = words;
  told.hidden = false;
}

async function post(path, body, csrf) {
  const headers = { "content-type": "application/json", ...(csrf ? { "esos-csrf": csrf } : {}) };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  const said = await answer.json();
  if (!answer.ok) throw new Error([said.detail, said.hint].filter(Boolean).join(" "));
  return said;
}

async function ask(place, button, device) {
  const { begin, finish, csrf } = place.dataset;
  button.disabled = true;
  document.getElementById("passkey-told").hidden = true;
  try {
    const options = await post(begin, {}, csrf);
    const said = await post(finish, await device(options), csrf);
    window.location.assign(said.go);
  } catch (cause) {
    // What the device itself refuses comes as a DOMException in its maker's words; ours are plainer.
    tell(cause instanceof DOMException ? document.getElementById("passkey-failed").textContent : cause.message);
    button.disabled = false;
  }
}

async function entering(options) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return (await navigator.credentials.get({ publicKey })).toJSON();
}

async function adding(options) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = (await navigator.credentials.create({ publicKey })).toJSON();
  return { credential, name: document.getElementById("passkey-name").value };
}

function arm(place, button, device) {
  if (!place || !can) return;
  place.hidden = false;
  document.getElementById("passkey-none").hidden = true;
  button.addEventListener("click", () => ask(place, button, device));
}

arm(document.getElementById("passkey-in"), document.getElementById("passkey-enter"), entering);
arm(document.getElementById("passkey-add"), document.getElementById("passkey-make"), adding);
