import { CmcdIngest } from "../cmcd/cmcd-ingest.ts";
import { type FleetLimits, limitsFor } from "../fleet/limits.ts";
import { unknownContext } from "../fleet/session-context.ts";
import type { Partial } from "../otlp/answer.ts";
import { FleetProcess } from "./fleet.ts";

export const viewerId = "b9a4e9b0-8a5c-4a5f-9a3e-0d9a5b6f7c11";

/** One line of event mode with the keys that every one has. `ts` is in seconds after `bornMs`. */
export function line(sn: number, seconds: number, keys: string, sid: string = viewerId): string {
  return `e=ps,sid="${sid}",sn=${sn},ts=${Math.round(bornMs + seconds * 1000)},v=2${keys === "" ? "" : `,${keys}`}`.replace(
    /e=ps,(.*?),e=(\w+)/,
    "e=$2,$1",
  );
}
/** Where the tests' time begins, for players and gateway. */
export const bornMs = 1_760_000_000_000;

/** CMCD into the merging part of one gateway process, without HTTP. */
export class CmcdProcess {
  readonly fleet: FleetProcess;
  readonly cmcd: CmcdIngest;

  constructor(limits: globalThis.Partial<FleetLimits> = {}, fleet: FleetProcess = new FleetProcess("here", limits)) {
    this.fleet = fleet;
    const { counts } = fleet;
    const count = (what: string, by = 1): void => void (counts[what] = (counts[what] ?? 0) + by);
    this.cmcd = new CmcdIngest({
      fleet: fleet.ingest,
      limits: limitsFor(10_000, limits),
      meter: {
        duplicate: () => count("duplicate"),
        gap: (missing) => count("gap", missing),
        rejected: (reason, by) => count(`rejected ${reason}`, by),
      },
    });
  }

  /** Takes one body at a time in seconds after `bornMs`. */
  take(body: string | readonly string[], seconds: number): Partial {
    const text = typeof body === "string" ? body : body.join("\n");
    return this.cmcd.take(new TextEncoder().encode(text), { nowMs: bornMs + seconds * 1000, context: unknownContext });
  }

  /** What the gateway does each second. */
  tick(seconds: number): void {
    this.cmcd.tick(bornMs + seconds * 1000);
    this.fleet.expire(bornMs + seconds * 1000);
  }

  /** Every figure that is not zero, histograms as [count, sum], by metric and by those labels that tell its series apart. */
  figures(): Record<string, number | readonly [number, number]> {
    this.fleet.state();
    const figures: Record<string, number | readonly [number, number]> = {};
    for (const series of this.fleet.store.all()) {
      const { name, attributes, bounds } = series.shape;
      // copies of what stands here already
      if (/^moq\.client\.(?:country|broadcast)\./.test(name)) continue;
      const told = Object.entries(attributes).filter(([key, value]) => !untold.has(key) && value !== "unknown");
      const key = [name.replace("moq.client.", ""), ...told.map(([, value]) => value)].join(" ");
      const value = round(series.newest(0));
      if (value !== 0) figures[key] = bounds === undefined ? value : [value, round(series.newest(1))];
    }
    return figures;
  }
}

const untold = new Set(["transport", "region", "country", "browser", "device", "codec", "trigger", "error.type"]);
const round = (value: number): number => Math.round(value * 1e6) / 1e6;
