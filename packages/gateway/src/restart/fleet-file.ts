import { deserialize, serialize } from "node:v8";
import type { FleetSnapshot } from "../fleet/snapshot.ts";
import { CheckedFile, type Taken } from "./checked-file.ts";

const firstLine = "moqscope fleet 1";
const fileName = "fleet.bin";
/** Longer away than this, sessions have ended and what was counted of them is long exported. */
const keptMs = 5 * 60_000;
/** Clocks of two runs on one machine differ by less. */
const futureMs = 60_000;

/** What is kept of a gateway that was stopped. */
export interface KeptFleet {
  /** Its name in metrics. */
  readonly instance: string;
  /** When its series began that are there from the start, epoch milliseconds. */
  readonly bornMs: number;
  readonly snapshot: FleetSnapshot;
}
/** Whose fleet may be gone on with: of the same vocabulary, and of the gateway of this name. */
export interface FleetOwner {
  readonly layout: string;
  readonly instance: string;
}
/** The fleet of a gateway that was stopped, on disk until the next one takes it. */
export class FleetFile {
  readonly #file: CheckedFile;

  constructor(folder: string) {
    this.#file = new CheckedFile(folder, fileName, firstLine);
  }

  get path(): string {
    return this.#file.path;
  }

  /**
   * Takes the fleet, once: a second process that went on from the same state would count anew what the first one exported. A file that is
   * broken, too old or another gateway's is renamed. Throws GatewayError `store_unusable` where the folder cannot be made or
   * read.
   */
  take(owner: FleetOwner, nowMs: number): Taken<KeptFleet> {
    return this.#file.take(nowMs, (content) => {
      const kept = deserialize(content) as KeptFleet;
      const cause = misfit(kept, owner, nowMs);
      if (cause !== undefined) throw new RangeError(cause);
      this.#file.remove();
      return kept;
    });
  }

  /** Writes the fleet for the next process. */
  async save(kept: KeptFleet): Promise<void> {
    await this.#file.replace((put) => put(serialize(kept)));
  }
}

function misfit({ instance, snapshot }: KeptFleet, owner: FleetOwner, nowMs: number): string | undefined {
  if (instance !== owner.instance) return `it is of the gateway ${instance}`;
  if (snapshot.layout !== owner.layout) return "it is of another vocabulary";
  const ageMs = nowMs - snapshot.savedMs;
  if (ageMs < -futureMs) return "it is from the future";
  return ageMs >= keptMs ? `it is ${Math.round(ageMs / 60_000)} minutes old` : undefined;
}
