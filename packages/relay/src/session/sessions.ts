import type { TransportStats } from "@moqscope/lite";
import type { TransportLabel } from "../metrics/classify.ts";
import type { SessionReport } from "./report.ts";

/** A session of the relay, whichever side dialled it. */
export interface RunningSession {
  readonly label: TransportLabel;
  /** Runs it to its end; never rejects. */
  run(): Promise<void>;
  /** Adds what went over the network since the last call; gives what the transport said. */
  flush(): TransportStats;
  /** Records what the link to the peer is like. */
  sample(): void;
  /** `undefined` until the session is set up. */
  report(): SessionReport | undefined;
  /** Asks the peer to go to the same path at `base`, or to come again, and says whether it is to go at all: a relay is not. */
  goaway(base: string | undefined): boolean;
  close(code: number, reason: string): void;
}

/** The sessions that are open or being set up. */
export class Sessions implements Iterable<RunningSession> {
  readonly #running = new Map<RunningSession, Promise<void>>();
  /** Runs a session to its end. */
  add(session: RunningSession): void {
    this.#running.set(
      session,
      session.run().finally(() => this.#running.delete(session)),
    );
  }
  [Symbol.iterator](): Iterator<RunningSession> {
    return this.#running.keys();
  }
  reports(): SessionReport[] {
    return [...this].map((session) => session.report()).filter((report) => report !== undefined);
  }
  /** Asks everybody who is no relay to go elsewhere, and settles when they have gone. */
  async goaway(base: string | undefined): Promise<void> {
    const leaving = [...this.#running].filter(([session]) => session.goaway(base));
    await Promise.all(leaving.map(([, ended]) => ended));
  }
  /** Tells every peer and waits until nothing of any session is left. */
  async close(code: number, reason: string): Promise<void> {
    const ended = [...this.#running.values()];
    for (const session of this) session.close(code, reason);
    await Promise.all(ended);
  }
}
