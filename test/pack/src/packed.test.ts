import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumArguments, findChromium } from "../../../scripts/support/chromium.ts";
import { nodeVersions, provideNode } from "./support/node-versions.ts";
import { type Manifest, publishedPackages } from "./support/packages.ts";
import { serveFolder, startProgram } from "./support/processes.ts";
import { npmInstall, root, run } from "./support/run.ts";
import { snippets } from "./support/snippets.ts";
import { fileOf, filesOf, packAll, writeProject } from "./support/tarballs.ts";

const packages = publishedPackages();
const names = packages.map((one) => one.name);
const short = (name: string): string => name.replace("@moqscope/", "");

/** Every README with code that a stranger copies: the packages' and the repository's own. */
const readmes = [
  ...packages.map((one) => ({ what: short(one.name), path: join(one.folder, "README.md") })),
  { what: "moqscope", path: join(root, "README.md") },
];

const folder = mkdtempSync(join(tmpdir(), "moqscope-pack-"));
const project = join(folder, "all");
let tarballs: ReadonlyMap<string, string> = new Map();

beforeAll(async () => {
  tarballs = await packAll(packages, join(folder, "tarballs"));
  writeProject(project, names, tarballs, packages);
  await npmInstall(project);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tarball = (name: string): string => tarballs.get(name) ?? "";

describe.each(names)("the tarball of %s", (name) => {
  it("has its README, both licences, its build and its sources, and no test", async () => {
    const files = await filesOf(tarball(name));
    expect(files).toEqual(expect.arrayContaining(["README.md", "LICENSE-MIT", "LICENSE-APACHE", "dist/index.js", "src/index.ts"]));
    // The gateway carries the console that it serves.
    if (name === "@moqscope/gateway") expect(files).toContain("console/index.html");
    expect(files.filter((path) => /\.test\.|\.test-d\.|tsconfig|node_modules|\.turbo/.test(path))).toEqual([]);
  });

  it("asks for released versions of ours, not for the workspace", async () => {
    const manifest = JSON.parse(await fileOf(tarball(name), "package.json")) as Manifest;
    const ours = Object.entries(manifest.dependencies ?? {}).filter(([dependency]) => dependency.startsWith("@moqscope/"));
    for (const [, range] of ours) expect(range).toMatch(/^\^\d+\.\d+\.\d+$/);
    expect(JSON.stringify(manifest)).not.toMatch(/workspace:|catalog:/);
  });

  it("installs alone, with those of ours that it depends on and no other, and loads there", { timeout: 120_000 }, async () => {
    const alone = join(folder, `alone-${short(name)}`);
    writeProject(alone, [name], tarballs, packages);
    const manifest = JSON.parse(await fileOf(tarball(name), "package.json")) as Manifest;
    // The parser of queries is an optional peer that one entry cannot do without.
    const parser = Object.entries(manifest.peerDependencies ?? {}).filter(([peer]) => peer.includes("lezer"));
    await npmInstall(
      alone,
      parser.map(([peer, range]) => `${peer}@${range}`),
    );
    // Every entry but those that need a page.
    const entries = Object.keys(manifest.exports ?? {}).filter((entry) => !/^\.\/(watch|publish|stats|package\.json)/.test(entry));
    const source = entries.map((entry) => `await import(${JSON.stringify(name + entry.slice(1))});\n`).join("");
    await run(await provideNode(nodeVersions[0]), ["--input-type=module", "-e", source], { cwd: alone, timeoutMs: 20_000 });
  });

  it("answers --help and --version from each of its commands", async () => {
    const manifest = JSON.parse(await fileOf(tarball(name), "package.json")) as Manifest;
    for (const command of Object.keys(manifest.bin ?? {})) {
      const program = join(project, "node_modules", name, manifest.bin?.[command] ?? "");
      expect(existsSync(join(project, "node_modules/.bin", command))).toBe(true);
      const node = await provideNode(nodeVersions[0]);
      expect(await run(node, [program, "--help"], { cwd: project, timeoutMs: 20_000 })).toContain(command);
      expect(await run(node, [program, "--version"], { cwd: project, timeoutMs: 20_000 })).toContain(manifest.version);
    }
  });
});

describe("the code in the READMEs, against the installed tarballs", () => {
  const sources = join(project, "snippets");

  beforeAll(async () => {
    await npmInstall(project, ["typescript@7.0.2", "@types/node@26.6.6", "vite@8.3.8"]);
    mkdirSync(sources, { recursive: true });
    for (const { what, path } of readmes) {
      for (const [index, source] of snippets(path, "ts").entries()) writeFileSync(join(sources, `${what}-${index}.ts`), source);
    }
    const compilerOptions = {
      target: "es2024",
      module: "nodenext",
      lib: ["es2024", "dom", "dom.iterable"],
      types: ["node"],
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      rootDir: "snippets",
      outDir: "out",
    };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["snippets"] }));
  });

  it("stands in every README exactly once as ```ts", () => {
    expect(readmes.map(({ what, path }) => [what, snippets(path, "ts").length])).toEqual(readmes.map(({ what }) => [what, 1]));
  });

  it("compiles, and so do the types of every package with it", async () => {
    // Without skipLibCheck: a type that a package forgot to depend on shows here.
    await run(process.execPath, [join(project, "node_modules/typescript/bin/tsc"), "-p", "."], { cwd: project, timeoutMs: 120_000 });
  });

  describe.each(nodeVersions)("on Node %s", (version) => {
    it.each(readmes.map(({ what }) => what))("%s runs and ends", { timeout: 120_000 }, async (what) => {
      const node = await provideNode(version);
      expect((await run(node, ["--version"], { cwd: project, timeoutMs: 10_000 })).trim()).toBe(`v${version}`);
      await run(node, [join(project, "out", `${what}-0.js`)], { cwd: project, timeoutMs: 20_000 });
    });
  });

  it.each(readmes.map(({ what, path }) => [what, path] as const))("the pages of %s can be bundled", async (what, path) => {
    for (const [index, html] of snippets(path, "html").entries()) {
      const built = await bundle(join(project, `page-${what}-${index}`), html);
      // A bundler leaves alone what it does not find or take in.
      expect(readFileSync(join(built, "index.html"), "utf8")).not.toContain("@moqscope/");
    }
  });

  it("plays a broadcast in Chromium with the page of the repository's README", { timeout: 120_000 }, async ({ skip }) => {
    const executablePath = findChromium();
    if (executablePath === undefined) return skip("no Chromium found");
    const bin = (name: string, path: string): string => join(project, "node_modules/@moqscope", name, "bin", path);
    const node = await provideNode(nodeVersions[0]);
    await using closing = new AsyncDisposableStack();
    const relay = await startProgram(
      node,
      [bin("relay", "moqscope-relay.js"), "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"],
      project,
    );
    closing.defer(() => relay.stop());
    const url = String(relay.fields["url"]);
    const pub = await startProgram(
      node,
      [bin("cli", "moqscope.js"), "pub", "sample", "--loop", "--url", url, "--broadcast", "demo.hang"],
      project,
    );
    closing.defer(() => pub.stop());
    const html = snippets(join(root, "README.md"), "html")[0] ?? "";
    // The one thing changed in what a stranger copies: the relay's address, because this one took a free port.
    const built = await bundle(join(project, "page-live"), html.replace("http://127.0.0.1:4443", url));
    const site = await serveFolder(built);
    closing.defer(() => site.close());
    const browser = await chromium.launch({ executablePath, args: [...chromiumArguments] });
    closing.defer(() => browser.close());
    const page = await browser.newPage();
    await page.goto(site.url);
    await page.waitForFunction(paintsPicture, undefined, { timeout: 30_000 });
  });
});

/** Bundles one page as a stranger's Vite would; gives the folder of what was built. */
async function bundle(folderOfPage: string, html: string): Promise<string> {
  mkdirSync(folderOfPage);
  writeFileSync(join(folderOfPage, "index.html"), html);
  const vite = join(project, "node_modules/vite/bin/vite.js");
  await run(process.execPath, [vite, "build", "--outDir", "built", "--logLevel", "error"], { cwd: folderOfPage, timeoutMs: 60_000 });
  return join(folderOfPage, "built");
}

/** Runs in the page: whether the player's canvas shows more than one colour. */
function paintsPicture(): boolean {
  const canvas = document.querySelector("hang-watch")?.shadowRoot?.querySelector("canvas");
  if (canvas === null || canvas === undefined || canvas.width === 0) return false;
  const copy = new OffscreenCanvas(16, 16).getContext("2d");
  copy?.drawImage(canvas, 0, 0, 16, 16);
  const pixels = copy?.getImageData(0, 0, 16, 16).data ?? new Uint8ClampedArray();
  return new Set(pixels.filter((_, index) => index % 4 === 0)).size > 4;
}
