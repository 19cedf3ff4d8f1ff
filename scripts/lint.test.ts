import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "./support/root.ts";

interface Planted {
  readonly what: string;
  readonly rule: string;
  /** Where the fault lies: the overrides of the configuration go by this path. */
  readonly path: string;
  readonly source: string;
  /** The same place without the fault, which must pass. */
  readonly sound?: string;
  /** Further files that the fault needs. */
  readonly beside?: Readonly<Record<string, string>>;
}

const promised = "async function later(): Promise<void> {}\n";

const planted: readonly Planted[] = [
  {
    what: "a floating promise",
    rule: "typescript(no-floating-promises)",
    path: "packages/relay/src/floating.ts",
    source: `${promised}later();\n`,
    sound: `${promised}await later();\n`,
  },
  {
    what: "a promise where a callback returns nothing",
    rule: "typescript(no-misused-promises)",
    path: "packages/relay/src/misused.ts",
    source: `${promised}setTimeout(later, 1);\n[1].forEach(async () => { await later(); });\n`,
    sound: `${promised}setTimeout(() => void later(), 1);\n`,
  },
  {
    what: "a switch that forgets a case",
    rule: "typescript(switch-exhaustiveness-check)",
    path: "packages/lite/src/forgets.ts",
    source:
      'type Kind = "one" | "two";\nexport function name(kind: Kind): void {\n  switch (kind) {\n    case "one":\n      break;\n  }\n}\n',
    sound:
      'type Kind = "one" | "two";\nexport function name(kind: Kind): void {\n  switch (kind) {\n    case "one":\n    case "two":\n      break;\n  }\n}\n',
  },
  {
    what: "a thrown text",
    rule: "typescript(only-throw-error)",
    path: "packages/lite/src/throws.ts",
    source: 'export function fail(): never {\n  throw "no";\n}\n',
    sound: 'export function fail(): never {\n  throw new Error("no");\n}\n',
  },
  {
    what: "an export without a return type",
    rule: "typescript(explicit-module-boundary-types)",
    path: "packages/lite/src/untyped.ts",
    source: "export function one() {\n  return 1;\n}\n",
    sound: "export function one(): number {\n  return 1;\n}\n",
  },
  {
    what: "a type imported as a value",
    rule: "typescript(consistent-type-imports)",
    path: "packages/relay/src/value.ts",
    source: 'import { Server } from "node:http";\nexport function open(server: Server): void {\n  server.close();\n}\n',
    sound: 'import type { Server } from "node:http";\nexport function open(server: Server): void {\n  server.close();\n}\n',
  },
  {
    what: "a circle of imports",
    rule: "import(no-cycle)",
    path: "packages/lite/src/circle-a.ts",
    source: 'import { b } from "./circle-b.ts";\nexport const a = (): number => b();\n',
    beside: { "packages/lite/src/circle-b.ts": 'import { a } from "./circle-a.ts";\nexport const b = (): number => a();\n' },
  },
  {
    what: "a catch that says nothing",
    rule: "eslint(no-empty)",
    path: "packages/relay/src/swallows.ts",
    source: 'try {\n  JSON.parse("");\n} catch {}\n',
    sound: 'try {\n  JSON.parse("");\n} catch {\n  // An empty text carries nothing that could be lost.\n}\n',
  },
  {
    what: "a file of 401 lines",
    rule: "eslint(max-lines)",
    path: "packages/lite/src/long.ts",
    source: Array.from({ length: 401 }, (_, line) => `export const line${line} = ${line};\n`).join(""),
    sound: Array.from({ length: 400 }, (_, line) => `export const line${line} = ${line};\n`).join(""),
  },
  {
    what: "a function of complexity 16",
    rule: "eslint(complexity)",
    path: "packages/lite/src/complex.ts",
    source: `export function pick(n: number): number {\n${Array.from({ length: 15 }, (_, i) => `  if (n === ${i}) return ${i + 1};\n`).join("")}  return 0;\n}\n`,
    sound: `export function pick(n: number): number {\n${Array.from({ length: 14 }, (_, i) => `  if (n === ${i}) return ${i + 1};\n`).join("")}  return 0;\n}\n`,
  },
  {
    what: "a fifth parameter",
    rule: "eslint(max-params)",
    path: "packages/lite/src/parameters.ts",
    source: "export const sum = (a: number, b: number, c: number, d: number, e: number): number => a + b + c + d + e;\n",
    sound: "export const sum = (a: number, b: number, c: number, d: number): number => a + b + c + d;\n",
  },
  {
    what: "a print in a package",
    rule: "eslint(no-console)",
    path: "packages/cli/src/prints.ts",
    source: 'console.log("hello");\n',
    sound: 'process.stdout.write("hello");\n',
  },
  ...(["telemetry/src/registry", "lite/src/wire", "hang/src/watch", "token/src"] as const).map((place) => ({
    what: `a Node built-in in ${place}`,
    rule: "import(no-nodejs-modules)",
    path: `packages/${place}/built-in.ts`,
    source: 'import { readFileSync } from "node:fs";\nexport const text = (): string => readFileSync("x", "utf8");\n',
  })),
  ...(
    [
      ["telemetry/src", "lite"],
      ["lite/src", "hang"],
      ["lite/src", "relay"],
      ["hang/src", "relay"],
      ["relay/src", "hang"],
      ["relay/src", "gateway"],
      ["gateway/src", "lite"],
      ["cli/src", "relay"],
      ["token/src", "telemetry"],
      ["lite/src", "token"],
      ["hang/src", "token"],
    ] as const
  ).map(([place, other]) => arrow(`packages/${place}`, `@moqscope/${other}`)),
  arrow("apps/demo/src", "@moqscope/gateway"),
  arrow("apps/demo/src", "@moqscope/token"),
  arrow("apps/console/src", "@moqscope/token"),
  arrow("apps/console/src", "@moqscope/lite"),
  arrow("packages/lite/src/wire", "../../../telemetry/src/index.ts"),
  arrow("packages/hang/src", "@opentelemetry/api"),
];

/** What the arrows and the exceptions allow, so that a rule which forbids everything fails too. */
const allowed: Readonly<Record<string, string>> = {
  "packages/lite/src/allowed.ts": 'import { x } from "@moqscope/telemetry";\nexport const y = (): unknown => x;\n',
  "packages/hang/src/allowed.ts": 'import { x } from "@moqscope/lite";\nexport const y = (): unknown => x;\n',
  "packages/cli/src/allowed.ts": 'import { x } from "@moqscope/hang";\nexport const y = (): unknown => x;\n',
  "packages/gateway/src/allowed.ts": 'import { x } from "@moqscope/telemetry/query";\nexport const y = (): unknown => x;\n',
  "packages/gateway/src/token-allowed.ts": 'import { x } from "@moqscope/token/node";\nexport const y = (): unknown => x;\n',
  "packages/relay/src/token-allowed.ts": 'import { x } from "@moqscope/token";\nexport const y = (): unknown => x;\n',
  "packages/token/src/node/allowed.ts":
    'import { readFileSync } from "node:fs";\nexport const text = (): string => readFileSync("x", "utf8");\n',
  "packages/lite/src/node/allowed.ts":
    'import { readFileSync } from "node:fs";\nexport const text = (): string => readFileSync("x", "utf8");\n',
  "packages/telemetry/src/options/allowed.ts":
    'import { readFileSync } from "node:fs";\nexport const text = (): string => readFileSync("x", "utf8");\n',
};

function arrow(place: string, other: string): Planted {
  const name = `arrow-${other.replaceAll(/[^a-z]+/g, "-")}.ts`;
  return {
    what: `an import of ${other} in ${place}`,
    rule: "eslint(no-restricted-imports)",
    path: `${place}/${name}`,
    source: `import { x } from "${other}";\nexport const y = (): unknown => x;\n`,
  };
}

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
  readonly message: string;
}

/** The linter's exit code says whether it found something; its answer is read either way. */
function lint(folder: string): Promise<readonly Diagnostic[]> {
  const oxlint = join(root, "node_modules/.bin/oxlint");
  const options = { cwd: folder, maxBuffer: 32 * 1024 * 1024 };
  return new Promise((resolve, reject) => {
    execFile(oxlint, ["--type-aware", "--no-ignore", "-c", ".oxlintrc.json", "-f", "json", "."], options, (error, stdout, stderr) => {
      try {
        resolve((JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics);
      } catch {
        reject(new Error(`oxlint gave no JSON: ${stderr || stdout || error?.message}`));
      }
    });
  });
}

describe("the linter", () => {
  let folder = "";
  let found: readonly Diagnostic[] = [];
  const soundPath = (path: string): string => path.replace(/\.ts$/, ".sound.ts");

  beforeAll(async () => {
    folder = await mkdtemp(join(root, "planted-"));
    await cp(join(root, ".oxlintrc.json"), join(folder, ".oxlintrc.json"));
    const files: Record<string, string> = { ...allowed };
    for (const fault of planted) {
      Object.assign(files, { [fault.path]: fault.source }, fault.beside);
      if (fault.sound !== undefined) files[soundPath(fault.path)] = fault.sound;
    }
    for (const [path, source] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), source);
    }
    const strict = {
      compilerOptions: { strict: true, module: "nodenext", target: "es2024", allowImportingTsExtensions: true, noEmit: true },
    };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(strict));
    found = await lint(folder);
  }, 60_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  const codes = (path: string): readonly string[] => found.filter((one) => one.filename === path).map((one) => one.code);

  it.each(planted.map((fault) => [fault.what, fault] as const))("reports %s", (_, fault) => {
    expect(codes(fault.path)).toContain(fault.rule);
    if (fault.sound !== undefined) expect(codes(soundPath(fault.path))).not.toContain(fault.rule);
  });

  it.each(Object.keys(allowed))("lets pass what is allowed: %s", (path) => {
    expect(codes(path)).toEqual([]);
  });

  it("has a planted fault for every rule that the configuration turns on", async () => {
    const config = JSON.parse(await readFile(join(root, ".oxlintrc.json"), "utf8")) as {
      rules: Record<string, unknown>;
      overrides: { rules: Record<string, unknown> }[];
    };
    const named = [config, ...config.overrides].flatMap((part) => Object.entries(part.rules).filter(([, value]) => value !== "off"));
    const shown = new Set(planted.map((fault) => fault.rule.replace(/^eslint\((.*)\)$/, "$1").replace(/^(\w+)\((.*)\)$/, "$1/$2")));
    expect(named.map(([rule]) => rule).filter((rule) => !shown.has(rule))).toEqual([]);
  });
});
