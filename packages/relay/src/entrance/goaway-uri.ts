import type { Entry } from "./entry.ts";

/** A GOAWAY URI holds so many bytes at most (moq-lite.md §4). */
const maxBytes = 8192;

/**
 * Where a session is asked to go: its own path and query below `base`, so that whoever does exactly as it is told comes to where it was.
 * Empty, which stands for where it came from, without a base.
 */
export function goawayUri(base: string | undefined, entry: Pick<Entry, "target"> | undefined): string {
  if (base === undefined) return "";
  const uri = base.replace(/\/+$/, "") + (entry?.target ?? "/");
  return Buffer.byteLength(uri) > maxBytes ? base : uri;
}
