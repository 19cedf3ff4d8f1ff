import { createHash } from "node:crypto";

const maxLabelBytes = 64;
const keptBytes = 55;

/** A broadcast path as a metric attribute: at most 64 bytes, a longer one is cut and told apart by its hash (metrics.md §6). */
export function broadcastLabel(path: string): string {
  const bytes = Buffer.from(path, "utf8");
  if (bytes.byteLength <= maxLabelBytes) return path;
  let end = keptBytes;
  // Never inside a character: continuation bytes are 10xxxxxx.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 8);
  return `${bytes.toString("utf8", 0, end)}~${hash}`;
}
