/** Who may report to the public ingest, by number in the column `service`. */
export const sessionServices = ["moq-player", "moq-publisher"] as const;

const firstRows = 64;

/** The numbers of all sessions, a column each: 92 bytes a session and no object. Times are epoch milliseconds. */
export class SessionColumns {
  /** By the gateway's clock. */
  firstSeenMs = new Float64Array(firstRows);
  lastSeenMs = new Float64Array(firstRows);
  /** 0 until its final report. */
  endedMs = new Float64Array(firstRows);
  /** How long it had run when it was first seen, by its own clock. */
  firstAgeMs = new Float64Array(firstRows);
  /** Start and time of the newest report, by the client's clock. */
  startMs = new Float64Array(firstRows);
  timeMs = new Float64Array(firstRows);
  /** 0 as long as it has sent none: a stock SDK. */
  sequence = new Float64Array(firstRows);
  /** Number in `Viewers`. */
  viewer = new Uint32Array(firstRows);
  /** Number in `Broadcasts`. */
  broadcast = new Uint32Array(firstRows);
  /** Block of the packed points, and how many bytes of it. */
  block = new Uint32Array(firstRows);
  bytes = new Uint32Array(firstRows);
  /** Neighbours by time of the last report; -1 where there is none. */
  older = new Int32Array(firstRows);
  younger = new Int32Array(firstRows);
  /** Numbers in the sets of the registry. */
  service = new Uint8Array(firstRows);
  state = new Uint8Array(firstRows);
  transport = new Uint8Array(firstRows);

  get rows(): number {
    return this.sequence.length;
  }

  /** Makes room for half as many rows more, at most `most`. */
  grow(most: number): void {
    const rows = Math.min(most, Math.ceil(this.rows * 1.5));
    for (const [name, column] of Object.entries(this)) {
      const larger = new (column.constructor as new (length: number) => typeof column)(rows);
      larger.set(column);
      Object.assign(this, { [name]: larger });
    }
  }

  /** Makes every number of a row 0. */
  clear(row: number): void {
    for (const column of Object.values(this)) column[row] = 0;
  }
}
