// Hearing of files that were saved, so that the page shows them at once.

/**
 * Calls `onchange(data)` for every saved file, and `onstate(isConnected)` when the line to the
 * server breaks and when it stands again. The browser reconnects by itself.
 */
export function listen(onchange, onstate) {
  const events = new EventSource("/events");
  let wasLost = false;
  events.addEventListener("change", (event) => {
    onchange(event.data);
  });
  events.addEventListener("open", () => {
    onstate(true);
    // Files may have changed while nobody listened.
    if (wasLost) onchange("");
    wasLost = false;
  });
  events.addEventListener("error", () => {
    wasLost = true;
    onstate(false);
  });
  addEventListener("pagehide", () => events.close());
  return events;
}
