// Requests to the server. Every answer is JSON, and every failure is a sentence for the user.

import { withKey } from "./key.js";

/** A request that failed. `message` is for the user; `status` is 0 if the server did not answer. */
export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** Reads the project: its templates, dialects and samples. */
export async function project() {
  return ask("/api/project", { method: "GET", headers: withKey() });
}

/** Posts a request to `/api/NAME`. Returns null if it was aborted. */
export async function post(name, body, signal) {
  return ask(`/api/${name}`, {
    method: "POST",
    headers: withKey({ "Content-Type": "application/json" }),
    body: JSON.stringify(body),
    signal,
  });
}

/** Sends only the latest request; an earlier one that is still running is aborted. */
export function newest() {
  let running = null;
  return async (name, body) => {
    running?.abort();
    const mine = new AbortController();
    running = mine;
    const answer = await post(name, body, mine.signal);
    return mine.signal.aborted ? null : answer;
  };
}

async function ask(url, options) {
  let response;
  let answer = null;
  try {
    response = await fetch(url, { credentials: "same-origin", cache: "no-store", ...options });
    answer = await response.json();
  } catch (error) {
    if (error.name === "AbortError") return null;
    if (!response) throw new ApiError("psalink is not responding. Start it again if it has stopped, then reload this page.", 0);
  }
  if (!response.ok || answer === null) {
    throw new ApiError(answer?.error ?? `The request failed (${response.status}).`, response.status);
  }
  return answer;
}
