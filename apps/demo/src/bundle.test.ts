import { resolve } from "node:path";
import { build } from "vite";
import { expect, test } from "vitest";

/** Of a built page: what its first load brings, and what is loaded only when asked for. */
async function buildPage(): Promise<{ readonly first: readonly string[]; readonly later: readonly string[] }> {
  const built = await build({ root: resolve(import.meta.dirname, ".."), logLevel: "error", build: { write: false } });
  const chunks = (Array.isArray(built) ? built : [built])
    .flatMap((each) => ("output" in each ? each.output : []))
    .filter((output) => output.type === "chunk");
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const first = new Set<string>();
  const load = (name: string): void => {
    if (first.has(name)) return;
    first.add(name);
    for (const next of byName.get(name)?.imports ?? []) load(next);
  };
  for (const chunk of chunks) if (chunk.isEntry) load(chunk.fileName);
  const modules = (names: Iterable<string>): string[] => [...names].flatMap((name) => byName.get(name)?.moduleIds ?? []);
  return { first: modules(first), later: modules([...byName.keys()].filter((name) => !first.has(name))) };
}

test("a page loads no telemetry before it asks for it: neither OpenTelemetry nor our exporter", async () => {
  const { first, later } = await buildPage();
  const isTelemetry = (id: string): boolean => id.includes("@opentelemetry") || id.includes("packages/telemetry/src/browser/");
  expect(later.filter(isTelemetry).length).toBeGreaterThan(10);
  expect(first.filter(isTelemetry)).toEqual([]);
}, 60_000);
