import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { generatedFiles } from "./index.ts";

const top = new URL("../../../../", import.meta.url);

describe("generated files", () => {
  test.each(generatedFiles().map(({ path, text }) => [path, text]))("%s is what the registry gives: run pnpm generate", (path, text) => {
    expect(readFileSync(new URL(path, top), "utf8") === text).toBe(true);
  });
});

describe("lockfile", () => {
  test("holds one version of each @opentelemetry package, from one coherent set", () => {
    const lock = readFileSync(new URL("pnpm-lock.yaml", top), "utf8");
    const packages = lock.slice(lock.indexOf("\npackages:"), lock.indexOf("\nsnapshots:"));
    const found = new Map<string, Set<string>>();
    for (const [, name = "", version = ""] of packages.matchAll(/^ {2}'(@opentelemetry\/[^@']+)@([^'(]+)'/gm)) {
      found.set(name, (found.get(name) ?? new Set()).add(version));
    }
    expect(found.size).toBeGreaterThan(10);
    for (const [name, versions] of found) expect([name, versions.size]).toEqual([name, 1]);
    const versions = new Set(
      [...found.entries()].filter(([name]) => !name.endsWith("semantic-conventions")).flatMap(([, set]) => [...set]),
    );
    expect([...versions].sort()).toEqual(["0.223.0", "1.9.1", "2.12.0"]);
  });
});
