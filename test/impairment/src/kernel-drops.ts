import { readFileSync } from "node:fs";

/** Datagrams that Linux dropped at local UDP ports because their sockets were full; `undefined` on other systems. */
export function kernelDrops(ports: readonly number[]): number | undefined {
  const wanted = new Set(ports);
  try {
    return ["/proc/net/udp", "/proc/net/udp6"].flatMap((path) => dropsOf(readFileSync(path, "utf8"), wanted)).reduce((a, b) => a + b, 0);
  } catch {
    // No such file: this system does not tell.
    return undefined;
  }
}

/** The last column of each line whose local port is wanted. */
function dropsOf(table: string, wanted: ReadonlySet<number>): number[] {
  return table
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => wanted.has(Number.parseInt(columns[1]?.split(":")[1] ?? "", 16)))
    .map((columns) => Number(columns.at(-1)));
}
