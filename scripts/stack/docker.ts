import { spawn } from "node:child_process";
import { join } from "node:path";
import { composeFolder, type Place, StackProblem } from "./place.ts";

/** What a command of docker came to. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const install = "install Docker Engine with its Compose plugin, or Docker Desktop; without Docker, pnpm dev shows all but the stores";
/** What docker says when it cannot, and what helps. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [
    /permission denied.*(docker API|docker daemon|docker\.sock)/is,
    "this user may not use Docker: sudo usermod -aG docker $USER, then sign in again",
  ],
  [
    /(cannot connect to the docker daemon|is the docker daemon running|failed to connect to the docker API)/i,
    "Docker does not run: start it (sudo systemctl start docker, or Docker Desktop), then try again",
  ],
  [
    /(docker buildx|'buildx' is not a docker command|unknown flag: --format)/i,
    "this Docker has no buildx: install the package docker-buildx-plugin, or Docker Desktop",
  ],
  [/port is already allocated|address already in use/i, "a port is taken: see STACK_*_PORT in docs/operate/start.md"],
  [/no space left on device/i, "the disk is full: docker system prune frees what nothing uses"],
];

export interface DockerOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Hears what it says beside its answer, as it comes. */
  readonly show?: (text: string) => void;
}

/** Runs docker. Throws {@link StackProblem} where there is no docker. */
export function docker(args: readonly string[], { env, show }: DockerOptions): Promise<Ran> {
  const child = spawn("docker", args, { stdio: ["ignore", "pipe", "pipe"], env });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
    show?.(chunk.toString());
  });
  return new Promise((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        new StackProblem(error.code === "ENOENT" ? `there is no docker on PATH: ${install}` : `docker cannot be started: ${error.message}`),
      );
    });
    child.once("close", (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}

/** What failed and what helps, in one line. */
export function problemOf(what: string, { stderr, code }: Ran): StackProblem {
  const remedy = remedies.find(([said]) => said.test(stderr))?.[1];
  const last = stderr.trim().split("\n").at(-1)?.trim() ?? "";
  return new StackProblem(remedy ?? `${what} failed (${code}): ${last === "" ? "it said nothing" : last}`);
}

/** Docker answers and has Compose. Throws {@link StackProblem} with what helps. */
export async function dockerReady(env: NodeJS.ProcessEnv): Promise<void> {
  const info = await docker(["info", "--format", "{{.ServerVersion}}"], { env });
  if (info.code !== 0) throw problemOf("docker info", info);
  const compose = await docker(["compose", "version", "--short"], { env });
  if (compose.code !== 0)
    throw new StackProblem("this Docker has no Compose: install the package docker-compose-plugin, or Docker Desktop");
  const version = compose.stdout.trim().replace(/^v/, "");
  // `start_interval` and completed services as conditions are from there.
  if (/^(1|2\.([0-9]|1[0-9]))(\.|$)/.test(version))
    throw new StackProblem(`Compose ${version} is too old: the stack needs 2.20 or newer (package docker-compose-plugin)`);
}

/** Compose of one profile. */
export class Compose {
  readonly #before: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  constructor(profile: string, { envFile, shell }: Place, env: NodeJS.ProcessEnv = {}) {
    this.#before = ["compose", "-f", join(composeFolder, `${profile}.yaml`), "--env-file", envFile];
    this.#env = { ...shell, ...env };
  }
  run(args: readonly string[], show?: (text: string) => void): Promise<Ran> {
    return docker([...this.#before, ...args], { env: this.#env, ...(show === undefined ? {} : { show }) });
  }
}
