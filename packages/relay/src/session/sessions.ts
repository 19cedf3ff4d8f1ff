import type { RelaySession } from "./relay-session.ts";
import type { SessionReport } from "./report.ts";

/** The sessions that are open or being set up. */
export class Sessions implements Iterable<RelaySession> {
  readonly #running = new Map<RelaySession, Promise<void>>();
  /** Runs a session to its end. */
  add(session: RelaySession): void {
    this.#running.set(
      session,
      session.run().finally(() => this.#running.delete(session)),
    );
  }
  [Symbol.iterator](): Iterator<RelaySession> {
    return this.#running.keys();
  }
  reports(): SessionReport[] {
    return [...this].map((session) => session.report()).filter((report) => report !== undefined);
  }
  /** Tells every peer and waits until nothing of any session is left. */
  async close(code: number, reason: string): Promise<void> {
    const ended = [...this.#running.values()];
    for (const session of this) session.close(code, reason);
    await Promise.all(ended);
  }
}
