import type { NodeTelemetry } from "@moqscope/telemetry/node";
import type { Relay } from "../relay.ts";
import type { Settings } from "./settings.ts";

/** A peer or a collector that does not answer must not hold the process. */
const exitAfterMs = 2_000;
/** For sessions to go where GOAWAY sends them. */
const defaultDrainMs = 10_000;

export interface Ending {
  readonly relay: Relay;
  readonly telemetry: NodeTelemetry;
  settings(): Settings;
}

/** Ends as a signal says, once; the process ends with 0. */
export function endOnce(ending: Ending): (signal: "SIGINT" | "SIGTERM") => void {
  let isEnding = false;
  return (signal) => {
    // Asked twice, a person means now.
    if (isEnding) process.exit(1);
    isEnding = true;
    void end(ending, signal).finally(() => process.exit(0));
  };
}

/** SIGTERM drains, SIGINT, which a person at a terminal sends, ends; a second signal of either ends at once. */
export function endOnSignal(end: (signal: "SIGINT" | "SIGTERM") => void): void {
  process.on("SIGINT", () => end("SIGINT"));
  process.on("SIGTERM", () => end("SIGTERM"));
}

async function end(ending: Ending, signal: "SIGINT" | "SIGTERM"): Promise<void> {
  const { relay, telemetry } = ending;
  const { goawayUri, drainTimeout } = ending.settings().values;
  const timeoutMs = drainTimeout ?? (goawayUri === undefined ? 0 : defaultDrainMs);
  const drains = signal === "SIGTERM" && timeoutMs > 0;
  const how = drains ? `sessions have ${timeoutMs / 1000} s to go${goawayUri === undefined ? "" : ` to ${goawayUri}`}` : "at once";
  telemetry.recorder.event("info", "moq.stopping", { signal, message: `Stopping on ${signal}: ${how}` });
  setTimeout(() => process.exit(0), exitAfterMs - 200 + (drains ? timeoutMs : 0)).unref();
  if (drains) await relay.drain({ timeoutMs, ...(goawayUri === undefined ? {} : { goawayUri }) });
  else await relay.close();
  await telemetry.shutdown();
}
