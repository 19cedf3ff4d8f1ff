/** Counters of one entry, such as a broadcast: cumulative, whole, from 0. */
export type Counters = Readonly<Record<string, number>>;
/** Entries by broadcast path, or by root of authorisation. */
export type Entries = ReadonlyMap<string, Counters>;

/** Entries read of one frame at most: what a peer says is bounded. */
export const mostEntries = 20_000;

/** A frame of a plain track, or the first of a group of a `.z` track. Throws for what is no such object. */
export function readSnapshot(text: string): Entries {
  const entries = new Map<string, Counters>();
  for (const [path, value] of objectOf(text)) {
    const counters = countersOf(value);
    if (counters && entries.size < mostEntries) entries.set(path, counters);
  }
  return entries;
}

/** A later frame of such a group: a merge patch (RFC 7396). Throws for what is no such object. */
export function applyPatch(entries: Entries, text: string): Entries {
  const next = new Map(entries);
  for (const [path, value] of objectOf(text)) {
    if (value === null) next.delete(path);
    else if (next.has(path) || next.size < mostEntries) next.set(path, { ...next.get(path), ...countersOf(value) });
  }
  return next;
}

function objectOf(text: string): [string, unknown][] {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError("a frame of figures is no object");
  return Object.entries(value);
}
/** What is no count is left out: unknown keys are, too, by whoever asks for known ones. */
function countersOf(value: unknown): Counters | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, number] => Number.isSafeInteger(entry[1]) && Number(entry[1]) >= 0),
  );
}
