// What changed between two texts, line by line.

/** With more differences than this, aligning the lines takes too long. */
const MOST = 600;

/**
 * The rows of a comparison, `{kind: "same" | "changed" | "removed" | "added", old, new}`, where `old` and `new` are
 * `{number, text}` or null. This is Myers' algorithm, applied between the common beginning and end.
 */
export function compare(oldText, newText) {
  const a = lines(oldText);
  const b = lines(newText);
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  const steps = [
    ...same(0, 0, head),
    ...middle(a, b, head, a.length - tail, b.length - tail),
    ...same(a.length - tail, b.length - tail, tail),
  ];
  return pair(steps, a, b);
}

function lines(text) {
  if (text === "") return [];
  const all = text.split(/\r?\n/);
  if (all[all.length - 1] === "") all.pop();
  return all;
}

function same(oldAt, newAt, length) {
  return Array.from({ length }, (_, step) => [oldAt + step, newAt + step]);
}

/** The steps between two texts: `[old, new]` for each line, with null for the side that lacks it. */
function middle(a, b, head, aEnd, bEnd) {
  const n = aEnd - head;
  const m = bEnd - head;
  const all = n + m;
  if (all === 0) return [];
  const most = Math.min(all, MOST);
  const reach = new Map([[1, 0]]);
  const trace = [];
  let found = -1;
  for (let d = 0; d <= most && found < 0; d += 1) {
    trace.push(new Map(reach));
    for (let k = -d; k <= d; k += 2) {
      let x = k === -d || (k !== d && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1)) ? reach.get(k + 1) ?? 0 : (reach.get(k - 1) ?? 0) + 1;
      while (x < n && x - k < m && x - k >= 0 && a[head + x] === b[head + x - k]) x += 1;
      reach.set(k, x);
      if (x >= n && x - k >= m) { found = d; break; }
    }
  }
  if (found < 0) {
    return [...Array.from({ length: n }, (_, at) => [head + at, null]), ...Array.from({ length: m }, (_, at) => [null, head + at])];
  }
  const steps = [];
  let x = n;
  let y = m;
  for (let d = found; d >= 0; d -= 1) {
    const before = trace[d];
    const k = x - y;
    const from = k === -d || (k !== d && (before.get(k - 1) ?? -1) < (before.get(k + 1) ?? -1)) ? k + 1 : k - 1;
    const startX = d === 0 ? 0 : before.get(from) ?? 0;
    const startY = d === 0 ? 0 : startX - from;
    while (x > startX && y > startY) {
      x -= 1;
      y -= 1;
      steps.push([head + x, head + y]);
    }
    if (d === 0) break;
    if (from === k + 1) {
      y -= 1;
      steps.push([null, head + y]);
    } else {
      x -= 1;
      steps.push([head + x, null]);
    }
  }
  return steps.reverse();
}

/** Puts removed and added lines in the same place side by side. */
function pair(steps, a, b) {
  const rows = [];
  let removed = [];
  let added = [];
  const flush = () => {
    for (let at = 0; at < Math.max(removed.length, added.length); at += 1) {
      const left = at < removed.length ? { number: removed[at] + 1, text: a[removed[at]] } : null;
      const right = at < added.length ? { number: added[at] + 1, text: b[added[at]] } : null;
      rows.push({ kind: left && right ? "changed" : left ? "removed" : "added", old: left, new: right });
    }
    removed = [];
    added = [];
  };
  for (const [oldAt, newAt] of steps) {
    if (oldAt !== null && newAt !== null) {
      flush();
      rows.push({ kind: "same", old: { number: oldAt + 1, text: a[oldAt] }, new: { number: newAt + 1, text: b[newAt] } });
    } else if (oldAt !== null) {
      removed.push(oldAt);
    } else {
      added.push(newAt);
    }
  }
  flush();
  return rows;
}
