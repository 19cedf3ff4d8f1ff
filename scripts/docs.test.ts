import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { events, metrics, prometheusName, resourceAttributes, spans } from "../packages/telemetry/src/registry/index.ts";
import { root } from "./support/root.ts";

const pages = globSync(["*.md", ".changeset/README.md", "docs/**/*.md", "packages/*/README.md"], { cwd: root }).sort();
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const manifest = JSON.parse(read("package.json")) as { packageManager: string };
/** Commands of the root and of each workspace package, for pages that speak of working in one. */
const scripts = new Set(
  globSync(["package.json", "{packages,apps,test}/*/package.json"], { cwd: root }).flatMap((path) =>
    Object.keys((JSON.parse(read(path)) as { scripts?: Record<string, string> }).scripts ?? {}),
  ),
);

/** What stands between backticks or in a fence: there a name is meant as a name. */
function code(page: string): string {
  const text = read(page);
  return [...text.matchAll(/```.*?```|`[^`\n]+`/gs)].map((match) => match[0]).join("\n");
}

function all(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? "");
}

/** Ports of docs/architecture.md: the first column of its table. */
const ports = all(read("docs/architecture.md"), /^\| (\d+) \|/gm);

const spanAttributes = Object.values(spans).flatMap(({ attributes }) => Object.keys(attributes));
const names = [
  ...Object.keys(metrics),
  ...Object.keys(spans),
  ...Object.keys(events),
  ...spanAttributes,
  ...Object.keys(resourceAttributes),
];
const exported = Object.entries(metrics).map(([name, metric]) => prometheusName(name, metric));

function known(name: string): boolean {
  // `moq.relay.*` and `moq.startup.<phase>` stand for all that begin so.
  const prefix = /^(.*\.)[*<]$/.exec(name)?.[1];
  if (prefix !== undefined) return names.some((one) => one.startsWith(prefix));
  if (name.includes("_") && !name.includes(".")) {
    return exported.some((one) => one === name || ["_bucket", "_sum", "_count"].some((suffix) => one + suffix === name));
  }
  return names.includes(name);
}

describe.each(pages)("%s", (page) => {
  it("names only commands of pnpm that exist", () => {
    const own = new Set(["install", "exec", "pack", "add"]);
    const commands = all(code(page), /\bpnpm(?:@[\d.]+)? (?:run )?([a-z][\w:-]*)/g);
    expect(commands.filter((command) => !scripts.has(command) && !own.has(command))).toEqual([]);
  });

  it("names pnpm in the version of package.json", () => {
    expect(all(read(page), /\b(pnpm@[\d.]*\d)/g).filter((version) => version !== manifest.packageManager)).toEqual([]);
  });

  it("links only to what exists", () => {
    const links = all(read(page), /\]\(([^)\s]+)\)/g).filter((link) => !/^[a-z]+:/.test(link));
    const broken = links.filter((link) => {
      const [path = "", fragment] = link.split("#");
      const target = path === "" ? page : relative(root, join(root, dirname(page), path));
      if (!existsSync(join(root, target))) return true;
      return fragment !== undefined && !headings(target).includes(fragment);
    });
    expect(broken).toEqual([]);
  });

  it("names only files that exist", () => {
    const paths = all(code(page), /`((?:packages|apps|docs|scripts|test|\.ci|\.github|\.changeset)\/[\w./*-]*\w)`/g);
    expect(paths.filter((path) => globSync(path, { cwd: root }).length === 0)).toEqual([]);
  });

  it("names only ports of docs/architecture.md", () => {
    const named = all(read(page), /(?:(?:localhost|127\.0\.0\.1|\[::1?\]|0\.0\.0\.0):|\bport )(\d{2,5})\b/g);
    expect(named.filter((port) => !ports.includes(port) && port !== "443")).toEqual([]);
  });

  it("names only metrics, spans and events of the registry", () => {
    expect(all(code(page), /(?<![\w/@.:-])(moq[._][a-z0-9_.]*(?:[a-z0-9]|\.[*<]))/g).filter((name) => !known(name))).toEqual([]);
  });
});

function headings(page: string): readonly string[] {
  const titles = all(read(page), /^#+ (.+)$/gm);
  return titles.map((title) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

describe("the repository", () => {
  it("has the two commands at the top of its README, and runs the second exactly so in .ci/run", () => {
    const commands = all(read("README.md"), /^(npx -y .+)$/gm);
    expect(commands.slice(0, 2)).toEqual([`npx -y ${manifest.packageManager} dev`, `npx -y ${manifest.packageManager} test`]);
    expect(read(".ci/run")).toContain(`pnpm="npx -y ${manifest.packageManager}"`);
    expect(read(".ci/run")).toMatch(/\$pnpm test\b/);
    expect(read(".github/workflows/ci.yml")).toContain("run: .ci/run");
  });

  it("has every package and app in the map of its README", () => {
    const rooms = globSync(["packages/*/package.json", "apps/*/package.json"], { cwd: root }).map(dirname);
    expect(rooms.filter((room) => !read("README.md").includes(`](${room}`))).toEqual([]);
  });

  it("carries the same two licences in every package", () => {
    for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) {
      const copies = globSync(`packages/*/${licence}`, { cwd: root });
      expect(copies).toHaveLength(globSync("packages/*/package.json", { cwd: root }).length);
      expect(copies.filter((copy) => read(copy) !== read(licence))).toEqual([]);
    }
  });

  it("pins every action of its workflows to a version", () => {
    const used = globSync(".github/workflows/*.yml", { cwd: root }).flatMap((path) => all(read(path), /uses: (\S+)/g));
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((action) => !/@v\d+\.\d+\.\d+$/.test(action))).toEqual([]);
  });
});
