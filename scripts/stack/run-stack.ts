import { join } from "node:path";
import { OptionError } from "../../packages/telemetry/src/options/index.ts";
import { Compose, dockerReady, problemOf } from "./docker.ts";
import { readEnv } from "./env-file.ts";
import { readOptions, type StackOptions } from "./options.ts";
import { composeFolder, type Place, placeOf, StackProblem } from "./place.ts";
import { lastLines, services } from "./services.ts";
import { up } from "./up.ts";

type Values = Extract<StackOptions, { kind: "run" }>["values"];

/** Where it says what, and whose variables it reads. */
export interface Caller {
  readonly env: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
  readonly complain: (text: string) => void;
}

/** Runs one command with its options, and gives its exit code: 2 for a wrong option, 1 for what else is wrong, told in what helps. */
export async function runStack([command = "up", ...rest]: readonly string[], { env, say, complain }: Caller): Promise<number> {
  try {
    const options = readOptions(rest, env);
    if (options.kind === "help") say(options.text);
    if (options.kind !== "run") return 0;
    const place = placeOf(options.values.envFile ?? join(composeFolder, ".env"), env);
    const caller = { env, say, complain };
    await dockerReady(env);
    switch (command) {
      case "up":
        await up(place, { ...options.values, build: options.values.build ?? false, waitMs: options.values.wait, say, show: complain });
        return 0;
      case "down":
        return await down(place, options.values, caller);
      case "status":
        return await status(place, options.values, caller);
      default:
        throw new StackProblem(`there is no command "${command}": up, down and status`);
    }
  } catch (error) {
    if (!(error instanceof StackProblem || error instanceof OptionError)) throw error;
    complain(`${error.message}\n`);
    return error instanceof OptionError ? 2 : 1;
  }
}

async function down(place: Place, { profile, volumes }: Values, { say, complain }: Caller): Promise<number> {
  readEnv(place);
  const compose = new Compose(profile, place);
  const ran = await compose.run(["down", "--remove-orphans", ...(volumes === true ? ["--volumes"] : [])], complain);
  if (ran.code !== 0) throw problemOf("docker compose down", ran);
  say(volumes === true ? "the stack is down, and what it kept is gone" : "the stack is down; pnpm stack goes on with what it kept");
  return 0;
}

/** 0 when all is healthy. */
async function status(place: Place, { profile }: Values, { say }: Caller): Promise<number> {
  readEnv(place);
  const compose = new Compose(profile, place);
  const states = await services(compose);
  if (states.length === 0) throw new StackProblem("nothing of the stack runs: pnpm stack starts it");
  for (const { service, how, verdict } of states) {
    say(`${service.padEnd(18)} ${how}`);
    if (verdict === "failed") for (const line of await lastLines(compose, service)) say(`  ${line}`);
  }
  return states.every(({ verdict }) => verdict === "ready") ? 0 : 1;
}
