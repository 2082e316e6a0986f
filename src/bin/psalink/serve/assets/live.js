// Listens for saved files, so that the page shows them at once.

import { withKey } from "./key.js";

/** How long to wait before reconnecting, in milliseconds. */
const PAUSE = 2000;

/**
 * Calls `onchange()` for every saved file, and `onstate(isConnected, status)` when the connection to the server is lost
 * or restored. EventSource, which browsers have for this, cannot send the key, so the stream is read here.
 */
export function listen(onchange, onstate) {
  const end = new AbortController();
  addEventListener("pagehide", () => end.abort());
  // A page that is restored from the browser's cache listens again.
  addEventListener("pageshow", (event) => { if (event.persisted) listen(onchange, onstate); }, { once: true });
  keepListening(end.signal, onchange, onstate);
}

async function keepListening(signal, onchange, onstate) {
  let wasLost = false;
  while (!signal.aborted) {
    let status = 0;
    try {
      const response = await fetch("/events", { headers: withKey(), credentials: "same-origin", cache: "no-store", signal });
      status = response.status;
      if (response.ok) {
        onstate(true, status);
        // Files may have changed while there was no connection.
        if (wasLost) onchange();
        await read(response.body, onchange);
      }
    } catch { /* the line is broken, and opened again */ }
    if (signal.aborted) return;
    wasLost = true;
    onstate(false, status);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

/** Reads events to the end of the stream. Their content does not matter: everything is requested again anyway. */
async function read(stream, onchange) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    if (lines.some((line) => line.startsWith("data:"))) onchange();
  }
}
