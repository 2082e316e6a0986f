// The address: which view is open, and its settings, all after the `#`.

/**
 * The content of the address: `{view: "folder" | "template" | "paste", path, query}`.
 * The query is a plain object without default values.
 */
export function read(hash = location.hash) {
  const text = hash.replace(/^#/, "");
  const mark = text.indexOf("?");
  const place = mark < 0 ? text : text.slice(0, mark);
  const query = Object.fromEntries(new URLSearchParams(mark < 0 ? "" : text.slice(mark + 1)));
  if (place.startsWith("/template/")) {
    return { view: "template", path: place.slice("/template/".length).split("/").map(decode).join("/"), query };
  }
  if (place === "/paste") return { view: "paste", path: null, query };
  return { view: "folder", path: null, query, isStart: place === "" };
}

/** The address of a view, without empty values. */
export function write({ view, path = null, query = {} }) {
  const place = view === "template"
    ? `/template/${path.split("/").map(encodeURIComponent).join("/")}`
    : view === "paste" ? "/paste" : "/";
  const filled = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(filled).toString();
  return `#${place}${text ? `?${text}` : ""}`;
}

/** Changes the query of the open view, without adding to the browser's history. */
export function update(changes) {
  const route = read();
  route.query = { ...route.query, ...changes };
  history.replaceState(null, "", write(route));
}

/** Opens a view. */
export function go(route) {
  location.hash = write(route);
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
