// The key that every question carries. It is kept where pages of this address and port alone can read it, so that it
// outlives a reload and is there in a second tab; cookies are shared by all ports of a computer, and are not enough.

const NAME = "psalink-key";

/** Keeps the key; gives whether the browser allowed it. */
export function keep(key) {
  try {
    localStorage.setItem(NAME, key);
    return localStorage.getItem(NAME) === key;
  } catch {
    return false;
  }
}

/** The header that holds the key. */
export function withKey(headers = {}) {
  let key = null;
  try {
    key = localStorage.getItem(NAME);
  } catch { /* the server says what is missing */ }
  return { ...headers, "X-Psalink": key ?? "" };
}
