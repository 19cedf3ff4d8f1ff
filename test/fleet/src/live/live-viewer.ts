import { randomBytes } from "node:crypto";
import { type BrowserTelemetry, startBrowserTelemetry } from "@moqscope/telemetry/browser";
import { Ledger } from "../world/ledger.ts";
import { profiles, view } from "../world/points.ts";

/** A playback session in real time: the exporter that players run, over real HTTP, and the truth of it. */
export class LiveViewer {
  readonly profile: number;
  readonly #telemetry: BrowserTelemetry;
  readonly #ledger: Ledger;
  #watchedMs = performance.now();
  #seconds = 0;
  #reported = new Float64Array();

  constructor(endpoint: string, index: number, intervalMs: number) {
    this.profile = index % profiles.length;
    const sessionId = `live-${randomBytes(10).toString("hex")}`;
    this.#telemetry = startBrowserTelemetry({ endpoint, sessionId, intervalMs, page: () => () => {} });
    this.#ledger = new Ledger(this.#telemetry.recorder, profiles[this.profile] ?? { transport: "unknown", codec: "other" });
    this.#ledger.add(view.connections, 1);
    this.#ledger.add(view.attempts, 1);
    this.#ledger.record(view.startup, 0.3 + (index % 7) / 5);
    this.#telemetry.setState("playing");
    this.#telemetry.recorder.onCollect(() => {
      this.#watch();
      this.#reported = this.truth.slice();
    });
  }

  get truth(): Float64Array {
    return this.#ledger.truth;
  }

  /** The truth when its last report was made. */
  get reported(): Float64Array {
    return this.#reported;
  }

  /** Plays what time has passed since it was asked last. */
  #watch(): void {
    const elapsed = (performance.now() - this.#watchedMs) / 1000;
    this.#watchedMs = performance.now();
    const before = Math.floor(this.#seconds);
    this.#seconds += elapsed;
    this.#ledger.add(view.playTime, elapsed);
    this.#ledger.add(view.videoFrames, Math.round(elapsed * 30));
    this.#ledger.add(view.bytes, Math.round(elapsed * 375_000));
    for (let second = before; second < Math.floor(this.#seconds); second++) this.#ledger.record(view.buffer, 0.1 * (second % 20));
  }

  /** Reports and waits for the answer. */
  report(): Promise<void> {
    return this.#telemetry.flush("state");
  }

  /** Plays on for a moment and is gone without a word. */
  vanish(): void {
    this.#ledger.add(view.videoFrames, 30);
    this.#telemetry.off();
  }

  /** Its last report, and the answer to it. */
  async close(): Promise<void> {
    this.#watch();
    this.#ledger.add(view.ended, 1);
    await this.#telemetry.close();
  }
}
