// Asks the browser to keep the caller's page. Where it cannot (no secure connection, or a window that keeps nothing),
// the page says so.

export async function askToKeep() {
  if (!("serviceWorker" in navigator)) return false;
  try {
    await navigator.serviceWorker.register("/worker.js", { updateViaCache: "none" });
    await navigator.serviceWorker.ready;
    return true;
  } catch {
    return false;
  }
}
