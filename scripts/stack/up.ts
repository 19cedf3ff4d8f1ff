import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { alertmanagerConfig, receiversFrom } from "../../infra/src/alertmanager.ts";
import { type PortName, ports } from "../../infra/src/compose/ports.ts";
import { profiles } from "../../infra/src/compose/profiles.ts";
import { tryPort } from "../dev/ports.ts";
import { Progress } from "../foreign/progress.ts";
import { Compose, problemOf } from "./docker.ts";
import { type Env, provideEnv } from "./env-file.ts";
import { type Place, StackProblem } from "./place.ts";
import { lastLines, type ServiceState, services } from "./services.ts";

export interface UpOptions {
  readonly profile: "one" | "fleet" | "scale";
  readonly build: boolean;
  /** How long all of them may take to get healthy. */
  readonly waitMs: number;
  readonly say: (line: string) => void;
  /** Hears what Compose says while it works. */
  readonly show: (text: string) => void;
}

/** Starts a profile and waits until every service is healthy. Throws {@link StackProblem} with what is wrong and what helps. */
export async function up(place: Place, { profile, build, waitMs, say, show }: UpOptions): Promise<void> {
  const { env: file, made } = provideEnv(place);
  const env: Env = { ...file, ...place.shell };
  if (made.length > 0) say(`made ${made.join(", ")} in ${place.envFile}`);
  const compose = new Compose(profile, place, { STACK_ALERTMANAGER_CONFIG: writeAlertmanager(place, env) });
  await portsAreFree(profile, compose, env);
  say(`starting ${profile}: the first start pulls images and builds ours, which takes minutes`);
  const started = await compose.run(["up", "--detach", "--remove-orphans", ...(build ? ["--build"] : [])], show);
  // A container that did not get healthy in time is told of below, with its last lines.
  if (started.code !== 0 && !/unhealthy|dependency failed|didn't complete/i.test(started.stderr))
    throw problemOf("docker compose up", started);
  await becomeReady(compose, { profile, waitMs });
  await grafanaTakes(env);
  say(readyBlock(profile, place, env));
}

/** Receivers are named in `.env`; nobody but this user and the container may read what they are reached with. */
function writeAlertmanager({ state }: Place, env: Env): string {
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const path = join(state, "alertmanager.yml");
  try {
    writeFileSync(path, alertmanagerConfig(receiversFrom(env)));
  } catch (error) {
    throw new StackProblem(error instanceof Error ? error.message : String(error), { cause: error });
  }
  return path;
}

/** Before anything starts, since Docker names only the first that is taken. What this stack holds itself is no obstacle. */
async function portsAreFree(profile: string, compose: Compose, env: Env): Promise<void> {
  if ((await services(compose)).some(({ how }) => how.startsWith("running"))) return;
  const problems: string[] = [];
  for (const name of published(profile)) {
    const { who, variable } = ports[name];
    const got = await tryPort(hostPort(name, env));
    if ("problem" in got) problems.push(`port ${hostPort(name, env)} (${who}) is ${got.problem}: choose another with ${variable} in .env`);
  }
  if (problems.length > 0) throw new StackProblem(problems.join("\n"));
}

async function becomeReady(compose: Compose, { profile, waitMs }: { readonly profile: string; readonly waitMs: number }): Promise<void> {
  const progress = new Progress(`stack ${profile}`);
  const until = performance.now() + waitMs;
  let states: readonly ServiceState[] = [];
  do {
    states = await services(compose);
    const waiting = states.filter(({ verdict }) => verdict !== "ready").map(({ service }) => service);
    progress.at(
      `${states.length - waiting.length} of ${states.length} healthy${waiting.length === 0 ? "" : `, waiting for ${waiting.join(", ")}`}`,
    );
    if (states.length > 0 && waiting.length === 0) return progress.end();
    if (states.some(({ verdict }) => verdict === "failed")) break;
    await sleep(1_000);
  } while (performance.now() < until);
  progress.end();
  throw new StackProblem(await whatIsWrong(compose, states));
}

async function whatIsWrong(compose: Compose, states: readonly ServiceState[]): Promise<string> {
  const failed = states.filter(({ verdict }) => verdict === "failed");
  // Those that only wait for a failed one say nothing.
  const told = failed.length > 0 ? failed : states.filter(({ verdict, how }) => verdict === "starting" && how !== "created");
  if (told.length === 0) return "nothing of the stack runs: pnpm stack starts it";
  const blocks = await Promise.all(
    told.map(async ({ service, how }) =>
      [`${service} is not healthy: ${how}; its last lines:`, ...(await lastLines(compose, service)).map((line) => `  ${line}`)].join("\n"),
    ),
  );
  return blocks.join("\n");
}

/** Grafana keeps the password of its first start in its own store: a new one in `.env` does not reach it. */
async function grafanaTakes(env: Env): Promise<void> {
  const url = `http://127.0.0.1:${hostPort("grafana", env)}`;
  const authorization = `Basic ${Buffer.from(`admin:${env["GRAFANA_ADMIN_PASSWORD"]}`).toString("base64")}`;
  const { status } = await fetch(`${url}/api/org`, { headers: { authorization }, signal: AbortSignal.timeout(10_000) }).catch(
    (error: unknown) => {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      throw new StackProblem(
        `Grafana is healthy and does not answer at ${url} (${cause}): is STACK_GRAFANA_PORT what it was started with?`,
      );
    },
  );
  if (status === 401)
    throw new StackProblem(
      `Grafana at ${url} answers 401 to the password of .env, since it keeps that of its first start: docker exec moqscope-grafana-1 grafana cli admin reset-admin-password "$(grep -oP '^GRAFANA_ADMIN_PASSWORD=\\K.*' infra/compose/.env)"`,
    );
}

/** What a profile publishes, in the order of the table. */
function published(profile: string): readonly PortName[] {
  const chosen = profiles.find(({ name }) => name === profile);
  const names = new Set([...(chosen?.services.values() ?? [])].flatMap((service) => service.ports));
  return (Object.keys(ports) as PortName[]).filter((name) => names.has(name));
}

function hostPort(name: PortName, env: Env): number {
  const { host, variable } = ports[name];
  return Number(env[variable] ?? host);
}

function readyBlock(profile: string, { envFile }: Place, env: Env): string {
  const lines = published(profile).map((name) => `  http://127.0.0.1:${hostPort(name, env)}`.padEnd(26) + ports[name].who);
  return [
    "",
    `the stack (${profile}) is healthy`,
    "",
    ...lines,
    "",
    `  Grafana's admin signs in with GRAFANA_ADMIN_PASSWORD of ${envFile}`,
    "  pnpm stack:status tells how it is, pnpm stack:down ends it and keeps its data",
    "",
  ].join("\n");
}
