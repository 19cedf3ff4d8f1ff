import type { Party } from "../party/party.ts";
import { until, within } from "./within.ts";

/** What a party has been told of the other's broadcasts so far. */
export class Announcements {
  readonly #active = new Set<string>();
  readonly #over: Promise<void>;
  /** How often each path came or went. */
  readonly changes: string[] = [];
  constructor(party: Party) {
    this.#over = this.#follow(party);
  }
  async come(path: string): Promise<void> {
    await until(`"${path}" is announced`, () => this.#active.has(path));
  }
  async gone(path: string): Promise<void> {
    await until(`"${path}" is taken back`, () => !this.#active.has(path));
  }
  /** It is taken back, or the whole session is over and whoever follows is told. */
  async lost(path: string): Promise<void> {
    await within(`"${path}" is lost`, Promise.race([this.#over, this.gone(path)]));
  }
  async #follow(party: Party): Promise<void> {
    try {
      for await (const { path, active } of party.announced()) {
        this.changes.push(`${active ? "+" : "-"}${path}`);
        if (active) this.#active.add(path);
        else this.#active.delete(path);
      }
    } catch {
      // A session that was cut may end this with an error as well: it is over.
    }
  }
}
