import type { Catalog } from "./types.ts";

/** How media time maps to the common clock: when, by the gateway's time service, what has timestamp 0 was captured. */
export interface CaptureClock {
  /** Epoch microseconds of media time 0. */
  readonly epochUs: number;
  /** By how much that may be wrong. */
  readonly uncertaintyUs: number;
}

/** The catalog's root key, which other players pass over. */
const key = "telemetry";

/** The extension of a catalog that tells it (tracing reference § Broadcast level). */
export function captureClockExtension({ epochUs, uncertaintyUs }: CaptureClock): Readonly<Record<string, unknown>> {
  return { [key]: { v: 1, clock: { epoch_us: Math.round(epochUs), uncertainty_us: Math.ceil(uncertaintyUs) } } };
}
/** What a catalog tells of it; `undefined` if nothing, or nothing that makes sense. */
export function captureClockOf({ extensions }: Pick<Catalog, "extensions">): CaptureClock | undefined {
  const told = objectIn(extensions[key]);
  if (told?.["v"] !== 1) return undefined;
  const clock = objectIn(told["clock"]);
  const epochUs = clock?.["epoch_us"];
  const uncertaintyUs = clock?.["uncertainty_us"];
  if (!isCount(epochUs) || !isCount(uncertaintyUs)) return undefined;
  return { epochUs, uncertaintyUs };
}

function objectIn(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
}
function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
