import type { Fleet } from "../fleet/fleet.ts";
import { layoutOf } from "../fleet/snapshot.ts";
import type { Vocabulary } from "../fleet/vocabulary.ts";
import type { OwnEvents } from "../own/events.ts";
import { FleetFile, type KeptFleet } from "./fleet-file.ts";

export interface FleetRestartParts {
  /** Where the fleet is kept; nowhere without it. */
  readonly folder: string | undefined;
  readonly vocabulary: Vocabulary;
  readonly instance: string;
  readonly events: OwnEvents;
  now(): number;
}

/** Lets a gateway go on where the one before it was stopped: the same id, so that no session rebases, and the same series. */
export class FleetRestart {
  readonly #parts: FleetRestartParts;
  readonly #file: FleetFile | undefined;
  readonly #kept: KeptFleet | undefined;
  /** When the fleet's series began that are there from the start: this process, or the first of those that go on with each other. */
  readonly bornMs: number;

  /** Throws GatewayError `store_unusable` where the folder cannot be made or read. */
  constructor(parts: FleetRestartParts) {
    this.#parts = parts;
    this.#file = parts.folder === undefined ? undefined : new FleetFile(parts.folder);
    this.#kept = this.#file === undefined ? undefined : this.#take(this.#file);
    this.bornMs = this.#kept?.bornMs ?? parts.now();
  }

  /** Id of the process whose fleet this one takes over, if there is one. */
  get gatewayId(): string | undefined {
    return this.#kept?.snapshot.gatewayId;
  }

  /** Hands what was kept to the new fleet, which has `gatewayId`. */
  resume(fleet: Fleet): void {
    const snapshot = this.#kept?.snapshot;
    if (snapshot === undefined || !fleet.restore(snapshot, this.#parts.now())) return;
    const message = `goes on with ${snapshot.sessions.ids.length} sessions`;
    this.#tell("info", { state: "restored", series: snapshot.series.length, message });
  }

  /** Writes the fleet, once nothing is taken any more. A failure is told: then the next process starts empty, and sessions rebase. */
  async save(fleet: Fleet): Promise<void> {
    if (this.#file === undefined) return;
    try {
      const snapshot = fleet.snapshot(this.#parts.now());
      await this.#file.save({ instance: this.#parts.instance, bornMs: this.bornMs, snapshot });
      this.#tell("debug", { state: "saved", series: snapshot.series.length });
    } catch (error) {
      this.#tell("warn", { state: "failed", message: `the sessions were not saved: ${String(error)}` });
    }
  }

  #take(file: FleetFile): KeptFleet | undefined {
    const { vocabulary, instance } = this.#parts;
    const taken = file.take({ layout: layoutOf(vocabulary), instance }, this.#parts.now());
    if (taken.kind === "taken") return taken.content;
    if (taken.kind === "set-aside") {
      const message = `no session is known: they could not be gone on with (${taken.cause}), and lie in ${taken.path}`;
      this.#tell("warn", { state: "set_aside", message });
    }
    return undefined;
  }

  #tell(level: "debug" | "info" | "warn", what: { readonly state: string; readonly series?: number; readonly message?: string }): void {
    this.#parts.events.tell(level, "moq.gateway.store", { path: this.#file?.path ?? "", ...what });
  }
}
