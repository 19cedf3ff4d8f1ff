import type { SessionState } from "@moqscope/telemetry";
import { sets } from "@moqscope/telemetry";
import { KnownPoints } from "./known-points.ts";
import type { FleetLimits } from "./limits.ts";
import { sessionServices } from "./session-columns.ts";
import type { SessionTable } from "./session-table.ts";
import type { FleetService, Place, Vocabulary } from "./vocabulary.ts";

const states: readonly SessionState[] = sets.sessionState.values;
/** 0 is a transport that was never told. */
const transports: readonly string[] = ["unknown", ...sets.transport.values.filter((value) => value !== "unknown")];

/** The number of a state in the table. */
export function stateNumber(state: SessionState): number {
  return states.indexOf(state);
}

/** The number of a transport in the table. */
export function transportNumber(transport: string): number {
  return Math.max(0, transports.indexOf(transport));
}

/** What a session said of one point from its beginning: the value, or the number of observations and their sum. */
export interface SessionPoint {
  readonly place: Place;
  readonly total: number;
  readonly sum: number;
}
/** A session of the table as it stands, read for people. */
export interface SessionView {
  readonly id: string;
  readonly service: FleetService;
  readonly state: SessionState;
  readonly isEnded: boolean;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** The transport it named last. */
  readonly transport: string;
  readonly points: readonly SessionPoint[];
}

/** Reads sessions out of the table. */
export class SessionViews {
  readonly #table: SessionTable;
  readonly #points: KnownPoints;

  constructor(parts: { readonly table: SessionTable; readonly vocabulary: Vocabulary; readonly limits: FleetLimits }) {
    this.#table = parts.table;
    this.#points = new KnownPoints(parts.vocabulary.places, parts.limits.pointsPerSession);
  }

  /** At most `limit` sessions, the one that reported last first. */
  newest(limit: number): SessionView[] {
    const found: SessionView[] = [];
    for (const row of this.#table.newest()) {
      if (found.length >= limit) break;
      found.push(this.at(row));
    }
    return found;
  }

  /** The session of a row. */
  at(row: number): SessionView {
    const { service, state, endedMs, firstSeenMs, lastSeenMs, transport } = this.#table.columns;
    const points = this.#points;
    this.#table.read(row, points);
    return {
      id: this.#table.idOf(row),
      service: sessionServices[service[row] ?? 0] ?? "moq-player",
      state: states[state[row] ?? 0] ?? "other",
      isEnded: endedMs[row] !== 0,
      firstSeenMs: firstSeenMs[row] ?? 0,
      lastSeenMs: lastSeenMs[row] ?? 0,
      transport: transports[transport[row] ?? 0] ?? "unknown",
      points: Array.from({ length: points.count }, (_, at) => ({ place: points.place(at), total: points.total(at), sum: points.sum(at) })),
    };
  }
}
