import type { Compose } from "./docker.ts";
import { problemOf } from "./docker.ts";

/** How one container is. */
export interface ServiceState {
  readonly service: string;
  readonly verdict: "ready" | "starting" | "failed";
  /** As Docker says it: running (healthy), exited (1). */
  readonly how: string;
}
interface Row {
  readonly Service: string;
  readonly State: string;
  readonly Health?: string;
  readonly ExitCode?: number;
}

/** Every container of the profile, those that have ended included. Throws StackProblem when Compose cannot say. */
export async function services(compose: Compose): Promise<readonly ServiceState[]> {
  const ran = await compose.run(["ps", "--all", "--format", "json"]);
  if (ran.code !== 0) throw problemOf("docker compose ps", ran);
  return rows(ran.stdout).map(judge);
}

/** Compose says an object in each line, or, before 2.21, one array. */
function rows(text: string): readonly Row[] {
  const trimmed = text.trim();
  if (trimmed === "") return [];
  if (trimmed.startsWith("[")) return JSON.parse(trimmed) as readonly Row[];
  return trimmed.split("\n").map((line) => JSON.parse(line) as Row);
}

function judge({ Service: service, State: state, Health: health = "", ExitCode: code = 0 }: Row): ServiceState {
  if (state === "exited") return { service, how: `exited (${code})`, verdict: code === 0 ? "ready" : "failed" };
  if (state === "running" && health === "healthy") return { service, how: "running (healthy)", verdict: "ready" };
  if (state === "dead" || health === "unhealthy")
    return { service, how: health === "" ? state : `${state} (${health})`, verdict: "failed" };
  return { service, how: health === "" ? state : `${state} (${health})`, verdict: "starting" };
}

/** The last lines that a service wrote, oldest first. */
export async function lastLines(compose: Compose, service: string, count = 8): Promise<readonly string[]> {
  const { stdout, stderr } = await compose.run(["logs", "--no-color", "--no-log-prefix", "--tail", String(count), service]);
  return `${stdout}${stderr}`.split("\n").filter((line) => line.trim() !== "");
}
