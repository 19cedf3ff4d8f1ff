import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { profiles } from "../../../../infra/src/compose/profiles.ts";
import { root } from "../../../../scripts/support/root.ts";
import { pnpm } from "../../../pack/src/support/run.ts";
import { freePorts, type StackPorts } from "../support/stack.ts";

/** The entry of each image, by target, read from the Dockerfile: what is started here is what a container starts. */
const dockerfile = readFileSync(join(root, "Dockerfile"), "utf8");
function entry(target: string): readonly string[] {
  const stage = dockerfile.slice(dockerfile.indexOf(`AS ${target}\n`));
  return JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(stage)?.[1] ?? "[]") as readonly string[];
}

const out = mkdtempSync(join(tmpdir(), "moqscope-image-"));
const children: ChildProcess[] = [];
let said = "";
let ports: StackPorts;

/** Starts what an image holds, from its folder alone and without any variable of ours. */
function start(target: string, args: readonly string[], env: Readonly<Record<string, string>>): void {
  const scripts = join(root, "scripts/image");
  const words = entry(target).map((word) => word.replace(/^\/moqscope/, scripts).replace(/^\/app$/, join(out, target)));
  const [, ...rest] = [...words, ...args];
  const child = spawn(process.execPath, rest, {
    cwd: join(out, target),
    env: { PATH: process.env["PATH"], NODE_ENV: "production", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      said = `${said}${target}: ${chunk.toString()}`.slice(-8000);
    });
  children.push(child);
}

/** What the HEALTHCHECK of an image runs. */
async function healthy(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const child = spawn(process.execPath, [join(root, "scripts/image/health.ts"), ...args], {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let problem = "";
  child.stderr.on("data", (chunk: Buffer) => (problem += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return code === 0 ? "healthy" : problem.trim();
}
async function becomesHealthy(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
  let last = "";
  for (const until = performance.now() + 90_000; performance.now() < until; ) {
    last = await healthy(args, env);
    if (last === "healthy") return;
    await sleep(250);
  }
  throw new Error(`${last}\n${said}`);
}

describe("what the images hold, without Docker", () => {
  beforeAll(async () => {
    await pnpm(["exec", "turbo", "run", "build", "--output-logs=errors-only"], { cwd: root, timeoutMs: 240_000 });
    await pnpm(["exec", "node", "scripts/image/assemble.ts", out], { cwd: root, timeoutMs: 240_000 });
    ports = await freePorts();
  }, 480_000);
  afterAll(async () => {
    await Promise.all(
      children.map(async (child) => {
        if (child.exitCode !== null) return;
        const exit = once(child, "exit");
        child.kill("SIGTERM");
        await exit;
      }),
    );
    rmSync(out, { recursive: true, force: true });
  });

  it("is one folder for each target", () => {
    expect(readdirSync(out).toSorted()).toEqual(["cli", "demo", "gateway", "relay"]);
    for (const name of ["cli", "gateway", "relay"]) expect(readdirSync(join(out, name, "node_modules"))).not.toContain("typescript");
  });

  it("runs from its folder alone: relay, gateway, a publisher and the demo get healthy", { timeout: 240_000 }, async () => {
    const url = `http://127.0.0.1:${ports.relay}`;
    start("relay", ["--listen", `127.0.0.1:${ports.relay}`, "--webtransport", "off"], {
      MOQSCOPE_RELAY_ADMIN_LISTEN: `127.0.0.1:${ports.relayAdmin}`,
    });
    start("gateway", ["--auth-public", "/"], {
      MOQSCOPE_GATEWAY_INGEST_LISTEN: `0.0.0.0:${ports.ingest}`,
      MOQSCOPE_GATEWAY_OTLP_LISTEN: `127.0.0.1:${ports.otlp}`,
      MOQSCOPE_GATEWAY_CONSOLE_LISTEN: `127.0.0.1:${ports.console}`,
      MOQSCOPE_GATEWAY_STORE_DIR: join(out, "store"),
    });
    const broadcast = { MOQSCOPE_URL: url, MOQSCOPE_BROADCAST: "image.hang" };
    start("demo", [], { HOST: "127.0.0.1", PORT: String(ports.demo), MOQSCOPE_RELAY_URL: url });
    await becomesHealthy([`http://127.0.0.1:${ports.relayAdmin}/health`]);
    expect(await healthy(["--announced"], broadcast)).toBe(`image.hang is not announced at ${url}`);
    start("cli", ["pub", "sample", "--loop"], broadcast);
    await becomesHealthy([`http://127.0.0.1:${ports.console}/health`]);
    await becomesHealthy([`http://127.0.0.1:${ports.demo}/health`]);
    await becomesHealthy(["--announced"], broadcast);
  });
  it("carries the console in the gateway, and the watch page in the demo with the addresses it was given", async () => {
    expect(await (await fetch(`http://127.0.0.1:${ports.console}/`)).text()).toMatch(/<script type="module"/);
    const page = await fetch(`http://127.0.0.1:${ports.demo}/`);
    expect(new URL(page.url).searchParams.get("url")).toBe(`http://127.0.0.1:${ports.relay}`);
    const html = await page.text();
    const script = /src="([^"]+\.js)"/.exec(html)?.[1] ?? "";
    expect((await fetch(new URL(script, page.url))).headers.get("content-type")).toMatch(/^text\/javascript/);
  });
  it("serves nothing from beside the demo's folder", async () => {
    const paths = ["/..%2frelay%2fpackage.json", "/%2e%2e/relay/package.json", "/none", "/%00", "/%"];
    const statuses = await Promise.all(paths.map(async (path) => (await fetch(`http://127.0.0.1:${ports.demo}${path}`)).status));
    expect(statuses).toEqual(paths.map(() => 404));
  });
  it("is a mesh where the relays are told what the profile fleet tells them: a viewer of one region is announced what the other publishes", {
    timeout: 240_000,
  }, async () => {
    const services = profiles.find(({ name }) => name === "fleet")?.services;
    const names = [...(services?.keys() ?? [])].filter((name) => name.startsWith("relay-"));
    expect(names).toHaveLength(3);
    const { relay, relayAdmin, ingest } = await freePorts();
    const at = new Map(names.map((name, index) => [name, [relay, relayAdmin, ingest][index] ?? 0]));
    // Names of containers become ports of this machine; nothing else is changed.
    const here = (value: string): string =>
      names.reduce((text, name) => text.replaceAll(`${name}:4443`, `127.0.0.1:${at.get(name)}`), value);
    for (const name of names) {
      const given = services?.get(name)?.compose["environment"] as Readonly<Record<string, string>>;
      const env = Object.fromEntries(Object.entries(given).map(([variable, value]) => [variable, here(value)]));
      start("relay", ["--listen", `127.0.0.1:${at.get(name)}`, "--webtransport", "off"], {
        ...env,
        MOQSCOPE_RELAY_ADMIN_LISTEN: "127.0.0.1:0",
      });
    }
    const of = (name: string): Readonly<Record<string, string>> => ({
      MOQSCOPE_URL: `http://127.0.0.1:${at.get(name)}`,
      MOQSCOPE_BROADCAST: "mesh.hang",
    });
    for (const name of names) await becomesHealthy([`${of(name)["MOQSCOPE_URL"]}/health`]);
    start("cli", ["pub", "sample", "--loop"], of("relay-eu-1"));
    for (const name of names) await becomesHealthy(["--announced"], of(name));
  });
  it("says in one line why something is not healthy", async () => {
    expect(await healthy([`http://127.0.0.1:${ports.relay}/none`])).toBe(`http://127.0.0.1:${ports.relay}/none answers 404`);
  });
});
