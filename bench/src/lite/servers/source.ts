/** A server with one live stream. */
export interface Source {
  readonly port: number;
  /** Writes frames that are due in one tick, to every subscriber. */
  readonly write: (frames: number) => void;
}
