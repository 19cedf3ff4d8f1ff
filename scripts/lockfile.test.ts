import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./support/root.ts";

const stable = "2.12.0";
const experimental = "0.223.0";
/** Versions that belong together; mixing them installs the core twice, or an API whose providers are not seen. */
const expected: Readonly<Record<string, string>> = {
  api: "1.9.1",
  core: stable,
  resources: stable,
  "sdk-metrics": stable,
  "sdk-trace": stable,
  "semantic-conventions": "1.45.0",
};

/** Names and versions of the section `packages` of a lockfile of pnpm. */
function lockedPackages(text: string): (readonly [name: string, version: string])[] {
  const section = /^packages:\n([\s\S]*?)^snapshots:/m.exec(text)?.[1] ?? "";
  return [...section.matchAll(/^ {2}'?((?:@[^/\s]+\/)?[^@\s']+)@([^'\s(:]+)[^:]*:$/gm)].map(
    ([, name = "", version = ""]) => [name, version] as const,
  );
}
function versionsOf(text: string, scope: string): Map<string, string[]> {
  const versions = new Map<string, string[]>();
  for (const [name, version] of lockedPackages(text)) {
    if (name.startsWith(scope)) versions.set(name.slice(scope.length), [...(versions.get(name.slice(scope.length)) ?? []), version]);
  }
  return versions;
}

const lockfile = readFileSync(join(root, "pnpm-lock.yaml"), "utf8");

test("every package of OpenTelemetry is locked once, in the versions that belong together", () => {
  const versions = versionsOf(lockfile, "@opentelemetry/");
  expect(versions.size).toBeGreaterThan(12);
  for (const [name, found] of versions) expect(found, `@opentelemetry/${name}`).toEqual([expected[name] ?? experimental]);
});

test("a second version is seen", () => {
  const planted = lockfile.replace("\nsnapshots:\n", "\n  '@opentelemetry/core@2.12.1':\n    resolution: {integrity: x}\n\nsnapshots:\n");
  expect(versionsOf(planted, "@opentelemetry/").get("core")).toEqual([stable, "2.12.1"]);
});
