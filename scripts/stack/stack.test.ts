import { once } from "node:events";
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { parseEnv } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ports } from "../../infra/src/compose/ports.ts";
import { runStack } from "./run-stack.ts";

/** Every port of the stack taken from what is free, so that nothing on this machine is in the way: 0 is any. */
const freePorts = Object.fromEntries(Object.values(ports).map(({ variable }) => [variable, "0"]));

/**
 * Answers as docker and its Compose do. What it is asked goes to `asked`; files beside it say what it finds: `info`, `compose`, `up` with
 * what it complains of, `ps` with containers, `logs` with lines.
 */
const fake = `#!/bin/sh
here="$(dirname "$0")"
echo "$*" >> "$here/asked"
complain() { if [ -f "$here/$1" ]; then cat "$here/$1" >&2; exit 1; fi; }
case "$*" in
  info*) complain info; echo 28.2.2 ;;
  "compose version"*) complain compose; cat "$here/version" ;;
  *" up "*) complain up; touch "$here/started" ;;
  *" ps "*) if [ -f "$here/started" ] || [ -f "$here/running" ]; then cat "$here/ps"; fi ;;
  *" logs "*) cat "$here/logs" ;;
  *" down"*) rm -f "$here/started" ;;
esac
`;
const container = (Service: string, State: string, more: object = {}): string => `${JSON.stringify({ Service, State, ...more })}\n`;
const healthy = container("prepare", "exited", { ExitCode: 0 }) + container("relay", "running", { Health: "healthy" });

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let folder = "";
let envFile = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "moqscope-stack-"));
  envFile = join(folder, "compose/.env");
  mkdirSync(join(folder, "bin"));
  give("docker", fake);
  give("version", "2.40.3\n");
  give("ps", healthy);
  give("logs", "");
  chmodSync(join(folder, "bin/docker"), 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const give = (name: string, text: string): void => writeFileSync(join(folder, "bin", name), text);
const asked = (): string => readFileSync(join(folder, "bin/asked"), "utf8");

async function stack(args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const env = { PATH: `${join(folder, "bin")}:/usr/bin:/bin`, HOME: folder, STACK_ENV_FILE: envFile, ...freePorts, ...more };
  let [stdout, stderr] = ["", ""];
  const code = await runStack(args, { env, say: (line) => (stdout += `${line}\n`), complain: (text) => (stderr += text) });
  return { code, stdout, stderr: stderr.trim() };
}

/** A Grafana that takes one password. */
async function withGrafana<T>(password: string | undefined, work: (port: string) => Promise<T>): Promise<T> {
  const server = createServer((request, response) => {
    const given = Buffer.from(request.headers.authorization?.split(" ")[1] ?? "", "base64").toString();
    const right = password === undefined || given === `admin:${password}`;
    response.writeHead(right ? 200 : 401).end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await work(String((server.address() as AddressInfo).port));
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

describe.skipIf(process.platform === "win32")("pnpm stack", () => {
  it("starts, makes its secrets once for this user alone, waits until all is healthy, and says where everything is", async () => {
    give("running", "");
    const { code, stdout, stderr } = await withGrafana(undefined, (port) => stack(["up"], { STACK_GRAFANA_PORT: port }));
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("made GRAFANA_ADMIN_PASSWORD, GATEWAY_TOKEN_SECRET, S3_ACCESS_KEY, S3_SECRET_KEY");
    expect(stdout).toMatch(/http:\/\/127\.0\.0\.1:\d+ +Grafana\n/);
    expect(stdout).toContain(`GRAFANA_ADMIN_PASSWORD of ${envFile}`);
    expect(statSync(envFile).mode & 0o077).toBe(0);
    expect(statSync(join(folder, "compose/.state")).mode & 0o077).toBe(0);
    const first = parseEnv(readFileSync(envFile, "utf8"));
    expect(first["GRAFANA_ADMIN_PASSWORD"]).toHaveLength(24);
    expect(stdout).not.toContain(first["GRAFANA_ADMIN_PASSWORD"]);
    await withGrafana(first["GRAFANA_ADMIN_PASSWORD"], (port) => stack(["up"], { STACK_GRAFANA_PORT: port }));
    expect(parseEnv(readFileSync(envFile, "utf8"))).toEqual(first);
    expect(asked()).toMatch(/infra\/compose\/one\.yaml --env-file .*\.env up --detach --remove-orphans\n/);
  });
  it("tells Alertmanager whom .env names, in a file that only this user reaches", async () => {
    give("running", "");
    mkdirSync(join(folder, "compose"));
    writeFileSync(envFile, "ALERT_WEBHOOK_URL=http://127.0.0.1:9/hook\n");
    const { code } = await withGrafana(undefined, (port) => stack(["up", "--build"], { STACK_GRAFANA_PORT: port }));
    expect(code).toBe(0);
    expect(readFileSync(join(folder, "compose/.state/alertmanager.yml"), "utf8")).toContain("http://127.0.0.1:9/hook");
    expect(asked()).toContain("--remove-orphans --build\n");
    writeFileSync(envFile, "ALERT_WEBHOOK_URL=ops\n");
    expect(await stack(["up"])).toMatchObject({ code: 1, stderr: 'ALERT_WEBHOOK_URL must be an http or https address, not "ops"' });
  });
  it("says which service is not healthy, and its last lines", async () => {
    give("running", "");
    give(
      "ps",
      container("prepare", "exited", { ExitCode: 0 }) +
        container("tempo", "running", { Health: "unhealthy" }) +
        container("grafana", "created"),
    );
    give("logs", "level=error msg=one\nlevel=error msg=two\n");
    const { code, stderr } = await stack(["up"]);
    expect(code).toBe(1);
    expect(stderr).toContain("tempo is not healthy: running (unhealthy); its last lines:\n  level=error msg=one\n  level=error msg=two");
    expect(stderr).not.toContain("grafana is not healthy");
  });
  it("says so too where Compose itself gives up on what waits for it", async () => {
    give("running", "");
    give("up", "dependency failed to start: container moqscope-tempo-1 is unhealthy\n");
    give("ps", container("tempo", "running", { Health: "unhealthy" }) + container("grafana", "created"));
    give("logs", "no such bucket\n");
    expect((await stack(["up"])).stderr).toContain("tempo is not healthy: running (unhealthy); its last lines:\n  no such bucket");
  });
  it("says who has not got healthy in time", async () => {
    give("running", "");
    give("ps", container("loki", "running", { Health: "starting" }));
    give("logs", "waiting for the ring\n");
    const { stderr } = await stack(["up", "--wait", "1s"]);
    expect(stderr).toContain("loki is not healthy: running (starting); its last lines:\n  waiting for the ring");
  });
  it("names every port that is taken, with the variable that moves it, before anything starts", async () => {
    await withGrafana(undefined, async (port) => {
      const { code, stderr } = await stack(["up"], { STACK_GRAFANA_PORT: port, STACK_LOKI_PORT: port });
      expect(code).toBe(1);
      expect(stderr).toBe(
        `port ${port} (Grafana) is taken: choose another with STACK_GRAFANA_PORT in .env\nport ${port} (Loki) is taken: choose another with STACK_LOKI_PORT in .env`,
      );
      expect(asked()).not.toContain(" up ");
    });
  });
  it("says what to do where Grafana answers 401, since it keeps the password of its first start", async () => {
    give("running", "");
    const { code, stderr } = await withGrafana("another", (port) => stack(["up"], { STACK_GRAFANA_PORT: port }));
    expect(code).toBe(1);
    expect(stderr).toMatch(/Grafana at http:\S+ answers 401 .* reset-admin-password/);
  });
  it("says so where Grafana is healthy but not to be reached", async () => {
    give("running", "");
    const port = await withGrafana(undefined, (found) => Promise.resolve(found));
    const { code, stderr } = await stack(["up"], { STACK_GRAFANA_PORT: port });
    const said = /^Grafana is healthy and does not answer at http:\S+ \(.*ECONNREFUSED.*\): is STACK_GRAFANA_PORT/;
    expect([code, stderr]).toEqual([1, expect.stringMatching(said)]);
  });
  it.each([
    [
      "info",
      "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
      "Docker does not run: start it",
    ],
    [
      "info",
      "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
      "this user may not use Docker:",
    ],
    ["compose", "docker: 'compose' is not a docker command.", "this Docker has no Compose: install the package docker-compose-plugin"],
    ["up", "Error response from daemon: Bind for 127.0.0.1:3000 failed: port is already allocated", "a port is taken: see STACK_*_PORT"],
    ["up", "write /var/lib/docker/tmp: no space left on device", "the disk is full:"],
    ["up", "Error response from daemon: something new", "docker compose up failed (1): Error response from daemon: something new"],
  ])("says in one line what helps where docker %s says: %s", async (what, complaint, remedy) => {
    give(what, `${complaint}\n`);
    const { code, stderr } = await stack(["up"]);
    expect(code).toBe(1);
    // What Compose says goes through to the terminal; the line that helps is the last one.
    expect(stderr.split("\n").filter((line) => line !== complaint)).toEqual([expect.stringContaining(remedy)]);
  });
  it("says in one line that there is no docker", async () => {
    const { code, stderr } = await stack(["up"], { PATH: join(folder, "empty") });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^there is no docker on PATH: install Docker Engine .*$/)]);
  });
  it("refuses a Compose that does not know what the files use", async () => {
    give("version", "2.17.3\n");
    expect((await stack(["up"])).stderr).toMatch(/^Compose 2\.17\.3 is too old: the stack needs 2\.20 or newer/);
  });
  it("does not know another profile", async () => {
    expect(await stack(["up", "--profile", "two"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"two" is none of one, fleet, scale') as unknown,
    });
  });
});

describe.skipIf(process.platform === "win32")("pnpm stack:down and stack:status", () => {
  it.each(["down", "status"])("%s says in one line that .env is missing", async (command) => {
    expect(await stack([command])).toMatchObject({ code: 1, stderr: `there is no ${envFile}: pnpm stack makes it at its first start` });
    expect(existsSync(envFile)).toBe(false);
  });
  it("down ends the profile and keeps what it kept, unless it is told to throw it away", async () => {
    mkdirSync(join(folder, "compose"));
    writeFileSync(envFile, "");
    expect(await stack(["down", "--profile", "fleet"])).toMatchObject({
      code: 0,
      stdout: "the stack is down; pnpm stack goes on with what it kept\n",
    });
    expect((await stack(["down", "--volumes"])).stdout).toBe("the stack is down, and what it kept is gone\n");
    expect(asked()).toMatch(/fleet\.yaml .* down --remove-orphans\n(.*\n)*.*one\.yaml .* down --remove-orphans --volumes\n/);
  });
  it("status tells each service, and why one has failed", async () => {
    mkdirSync(join(folder, "compose"));
    writeFileSync(envFile, "");
    expect(await stack(["status"])).toMatchObject({ code: 1, stderr: "nothing of the stack runs: pnpm stack starts it" });
    give("running", "");
    expect(await stack(["status"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^prepare +exited \(0\)\nrelay +running \(healthy\)\n$/) as unknown,
    });
    give("ps", JSON.stringify([{ Service: "loki", State: "exited", ExitCode: 1 }]));
    give("logs", "no such bucket\n");
    expect(await stack(["status"])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^loki +exited \(1\)\n {2}no such bucket\n$/) as unknown,
    });
  });
});

/** Docker's own CLI, where this machine has it. */
const real = (process.env["PATH"] ?? "")
  .split(delimiter)
  .map((path) => join(path, "docker"))
  .find((path) => runs(path));
function runs(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not in this folder.
    return false;
  }
}

it.skipIf(real === undefined)("says what helps where Docker's own CLI finds no daemon", async () => {
  const env = { PATH: process.env["PATH"] ?? "", DOCKER_HOST: `unix://${join(folder, "docker.sock")}` };
  expect(await stack(["up"], env)).toMatchObject({
    code: 1,
    stderr: "Docker does not run: start it (sudo systemctl start docker, or Docker Desktop), then try again",
  });
});
