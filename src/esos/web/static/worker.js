// Keeps the caller's page, whole or not at all, and opens it where the station cannot be reached. VERSION and FILES stand
// above. Nothing else of the station is ever kept: an old page of a case must not look like a new one.

const PAGE = "/keep";
const NAME = `esos-kept-${VERSION}`;
const ANSWER_MS = 6000; // until a station begins to answer; a page that comes slowly comes whole

const TALK = /^\/c\/[^/]+\/talk\//; // files of a case: no page is shown in place of one

// The page and all its files in one cache, or none of it: a page of another version is not kept with these files.
async function keep() {
  const page = await fetch(PAGE, { cache: "no-store", credentials: "same-origin" });
  if (!page.ok || page.headers.get("esos-version") !== VERSION) throw new Error("The station has another version by now.");
  const files = await Promise.all(FILES.map((path) => fetch(path, { cache: "no-store" })));
  if (files.some((one) => !one.ok)) throw new Error("A file of this version is missing.");
  const kept = await caches.open(NAME);
  await Promise.all([kept.put(PAGE, page), ...files.map((one, at) => kept.put(FILES[at], one))]);
}

// The version before stays: a page of it may just be opening, and takes its own files from there.
async function forgetOlder() {
  const names = (await caches.keys()).filter((name) => name.startsWith("esos-kept-") && name !== NAME);
  await Promise.all(names.slice(0, -1).map((name) => caches.delete(name)));
}

const keptPage = async () => (await (await caches.open(NAME)).match(PAGE)) ?? Response.error();

async function fromStation(request) {
  const stop = new AbortController();
  const waiting = setTimeout(() => stop.abort(), ANSWER_MS);
  try {
    const answer = await fetch(request, { signal: stop.signal });
    return [502, 504].includes(answer.status) ? keptPage() : answer;
  } catch {
    return keptPage();
  } finally {
    clearTimeout(waiting);
  }
}

self.addEventListener("install", (event) => event.waitUntil(keep().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(forgetOlder().then(() => self.clients.claim())));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin || request.method !== "GET") return;
  if (pathname.startsWith("/kept/")) event.respondWith(caches.match(pathname).then((found) => found ?? fetch(request)));
  else if (request.mode !== "navigate") return;
  else if (pathname === PAGE) event.respondWith(keptPage().then((found) => (found.type === "error" ? fetch(request) : found)));
  else if (pathname === "/" || (pathname.startsWith("/c/") && !TALK.test(pathname))) event.respondWith(fromStation(request));
});
