import type { OwnEvents } from "../own/events.ts";
import type { OwnMetrics } from "../own/own-metrics.ts";
import type { Records } from "../store/records.ts";
import { RecordsFile } from "./records-file.ts";

/** Keeps traces and logs across restarts, where there is a folder for it. */
export class RecordsRestart {
  readonly #records: Records;
  readonly #events: OwnEvents;
  readonly #metrics: OwnMetrics;
  readonly #file: RecordsFile | undefined;
  readonly #saveEveryMs: number;
  #savedMs: number;

  /** Restores what was kept. Throws GatewayError `store_unusable` where the folder cannot be made or read. */
  constructor(parts: {
    readonly folder: string | undefined;
    readonly saveEveryMs: number;
    readonly records: Records;
    readonly events: OwnEvents;
    readonly metrics: OwnMetrics;
    readonly nowMs: number;
  }) {
    this.#records = parts.records;
    this.#events = parts.events;
    this.#metrics = parts.metrics;
    this.#saveEveryMs = parts.saveEveryMs;
    this.#savedMs = parts.nowMs;
    this.#file = parts.folder === undefined ? undefined : new RecordsFile(parts.folder);
    if (this.#file !== undefined) this.#restore(this.#file, parts.nowMs);
  }

  /** Saves now and then. */
  tick(nowMs: number): void {
    if (nowMs - this.#savedMs < this.#saveEveryMs) return;
    this.#savedMs = nowMs;
    // a failure is told; the next save comes after the same time
    void this.save();
  }

  /** Writes traces and logs. A failure is told as an event: the gateway goes on without. */
  async save(): Promise<void> {
    if (this.#file === undefined) return;
    const { path } = this.#file;
    try {
      const records = await this.#file.save(this.#records);
      this.#metrics.storeSaved("ok");
      this.#events.tell("debug", "moq.gateway.store", { state: "saved", path, message: `${records} spans and log records saved` });
    } catch (error) {
      this.#metrics.storeSaved("failed");
      this.#events.tell("warn", "moq.gateway.store", {
        state: "failed",
        path,
        message: `traces and logs were not saved: ${String(error)}`,
      });
    }
  }

  #restore(file: RecordsFile, nowMs: number): void {
    const restored = file.restore(this.#records, nowMs);
    switch (restored.kind) {
      case "none":
        return;
      case "taken": {
        const message = `${restored.content} spans and log records are there again`;
        this.#events.tell("info", "moq.gateway.store", { state: "restored", path: file.path, message });
        return;
      }
      case "set-aside": {
        const message = `traces and logs could not be read (${restored.cause}): they lie in ${restored.path}, and the store starts empty`;
        this.#events.tell("warn", "moq.gateway.store", { state: "set_aside", path: restored.path, message });
      }
    }
  }
}
