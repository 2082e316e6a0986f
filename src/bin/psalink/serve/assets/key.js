// The key that every request carries. It is stored where only pages of this address and port can read it, so that it
// survives a reload and works in a second tab. Cookies are shared by all ports of a computer, so they are not enough.

const NAME = "psalink-key";

/** Stores the key; returns whether the browser allowed it. */
export function keep(key) {
  try {
    localStorage.setItem(NAME, key);
    return localStorage.getItem(NAME) === key;
  } catch {
    return false;
  }
}

/** The header with the key. */
export function withKey(headers = {}) {
  let key = null;
  try {
    key = localStorage.getItem(NAME);
  } catch { /* the server says what is missing */ }
  return { ...headers, "X-Psalink": key ?? "" };
}
