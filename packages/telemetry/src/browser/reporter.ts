import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { parseReportInterval, reportAttributes, reportHeaders } from "../registry/report.ts";
import type { SessionState } from "../registry/types.ts";
import type { BoundedQueue } from "./bounded-queue.ts";
import type { TelemetryClock } from "./clock.ts";
import { type Answer, type Http, maxKeepaliveBytes } from "./http.ts";
import { type LogEntry, logsBody, tracesBody } from "./otlp-json.ts";
import type { Point } from "./points.ts";
import { type Report, ReportState } from "./report-state.ts";

const retryAfterMs = 1_000;
const refusalsUntilOff = 5;
const offMs = 60_000;
const batchSize = 64;
/** A gateway that asks for one resync after the other is not asked faster than by the interval. */
const promptResyncs = 2;

export interface ReporterOptions {
  /** Base of the ingest, without a trailing slash. */
  readonly base: string;
  readonly service: string;
  readonly sessionId: string;
  readonly intervalMs: number;
  readonly http: Http;
  readonly clock: TelemetryClock;
  readonly collect: () => Promise<readonly Point[]>;
  readonly spans: BoundedQueue<ReadableSpan>;
  readonly logs: BoundedQueue<LogEntry>;
}
/** How a report leaves: while the page stays, with a page that may come back, or as the last one. */
export type Leaving = "stays" | "leaves" | "final";

/** Sends a session's reports on time, one after the other, and heals what the network loses. Never rejects. */
export class Reporter {
  state: SessionState = "starting";
  readonly #o: ReporterOptions;
  readonly #reports: ReportState;
  readonly #beganMs: number;
  #intervalMs: number;
  #cancelTimer = (): void => {};
  #quietUntilMs = 0;
  #refusals = 0;
  #resyncs = 0;
  #ended = false;
  /** The report of a page that stays; those of a page that leaves do not wait for it. */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: ReporterOptions) {
    this.#o = options;
    this.#intervalMs = options.intervalMs;
    this.#beganMs = options.clock.now();
    this.#reports = new ReportState(options.service, options.sessionId, options.clock.wallMs());
  }

  /** Learns the gateway's id, then reports every interval. */
  start(): void {
    this.#schedule(this.#intervalMs);
    void this.#o.http.get(`${this.#o.base}/v1/time`, this.#timeoutMs()).then((answer) => {
      if (answer !== undefined && answer.status < 300) this.#heed(answer);
    });
  }

  report(leaving: Leaving): Promise<void> {
    if (this.#ended) return this.#turn;
    if (leaving === "final") this.#ended = true;
    if (leaving !== "stays") return this.#send(leaving);
    this.#turn = this.#turn
      .then(() => (this.#ended || this.#isOff() ? undefined : this.#send("stays")))
      .catch(() => {
        // A reading that failed is made again by the next report; the turn must go on.
      });
    return this.#turn;
  }

  #isOff(): boolean {
    return this.#o.clock.now() < this.#quietUntilMs;
  }

  /** An answer is over before the next report is due. */
  #timeoutMs(): number {
    return Math.max(1_000, Math.min(8_000, this.#intervalMs * 0.8));
  }

  #schedule(inMs: number): void {
    this.#cancelTimer();
    if (this.#ended) return;
    this.#cancelTimer = this.#o.clock.after(Math.max(inMs, this.#quietUntilMs - this.#o.clock.now()), () => {
      this.#schedule(this.#intervalMs);
      void this.report("stays");
    });
  }

  /** Takes what every answer says about the gateway and the pace. */
  #heed(answer: Answer): void {
    this.#reports.sawGateway(answer.header(reportHeaders.gateway));
    const intervalMs = parseReportInterval(answer.header(reportHeaders.interval));
    if (intervalMs === undefined || intervalMs === this.#intervalMs) return;
    this.#intervalMs = intervalMs;
    this.#schedule(intervalMs);
  }

  async #send(leaving: Leaving): Promise<void> {
    if (leaving === "final") this.#cancelTimer();
    const report = await this.#next(leaving);
    if (leaving === "stays") {
      if (await this.#deliver(report)) await this.#sendSpansAndLogs(false);
      return;
    }
    // Every request of a page that leaves must be under way before this turn ends.
    await Promise.all([this.#deliverLeaving(report, leaving), this.#sendSpansAndLogs(true)]);
  }

  async #next(leaving: Leaving): Promise<Report> {
    const points = await this.#o.collect();
    const { clock, http } = this.#o;
    return this.#reports.next(points, {
      wallMs: clock.wallMs(),
      elapsedMs: clock.now() - this.#beganMs,
      state: this.state,
      final: leaving === "final",
      maxBytes: leaving === "stays" ? maxKeepaliveBytes : http.room,
    });
  }

  /** The last report has no successor that would heal it: it is sent again at once when lost, and anew after a resync. */
  async #deliverLeaving(report: Report, leaving: Leaving): Promise<void> {
    const answer = await this.#attempt(report, true);
    if (leaving !== "final" || (answer !== undefined && answer.header(reportHeaders.resync) !== "1")) {
      this.#settle(report, answer);
      return;
    }
    if (answer === undefined) {
      this.#reports.unanswered(report);
      this.#settle(report, await this.#attempt(report, true));
      return;
    }
    this.#settle(report, answer);
    const again = await this.#next(leaving);
    this.#settle(again, await this.#attempt(again, true));
  }

  /** One report of a page that stays, with one retry of the same body. True when it was taken. */
  async #deliver(report: Report): Promise<boolean> {
    let answer = await this.#attempt(report, false);
    if (answer === undefined) {
      this.#reports.unanswered(report);
      await new Promise<void>((resolve) => void this.#o.clock.after(retryAfterMs, resolve));
      if (this.#ended) return false;
      answer = await this.#attempt(report, false);
    }
    return this.#settle(report, answer);
  }

  #attempt(report: Report, leaving: boolean): Promise<Answer | undefined> {
    const gateway: Record<string, string> = report.gateway === undefined ? {} : { [reportHeaders.gateway]: report.gateway };
    return this.#post("/v1/metrics", report.body, leaving, gateway);
  }

  #post(path: string, body: string, leaving: boolean, more: Readonly<Record<string, string>> = {}): Promise<Answer | undefined> {
    const headers = { [reportHeaders.session]: this.#o.sessionId, ...more };
    return this.#o.http.post({ url: `${this.#o.base}${path}`, body, headers, leaving }, this.#timeoutMs());
  }

  #settle(report: Report, answer: Answer | undefined): boolean {
    if (answer === undefined) {
      this.#reports.unanswered(report);
      this.#refused(undefined);
      return false;
    }
    if (answer.header(reportHeaders.resync) === "1") {
      this.#reports.resync(report, answer.header(reportHeaders.gateway), this.#o.clock.wallMs());
      this.#heed(answer);
      if (++this.#resyncs <= promptResyncs) this.#schedule(0);
      return false;
    }
    if (answer.status < 200 || answer.status >= 300) {
      this.#reports.refused(report);
      this.#refused(answer);
      return false;
    }
    this.#heed(answer);
    this.#reports.acknowledged(report);
    this.#refusals = 0;
    this.#resyncs = 0;
    return true;
  }

  #refused(answer: Answer | undefined): void {
    const waitMs = Number(answer?.header("retry-after") ?? 0) * 1000;
    let quietMs = waitMs > 0 && waitMs <= 3_600_000 ? waitMs : 0;
    if (++this.#refusals >= refusalsUntilOff) {
      this.#refusals = 0;
      quietMs = Math.max(quietMs, offMs);
    }
    if (quietMs === 0) return;
    this.#quietUntilMs = this.#o.clock.now() + quietMs;
    this.#schedule(this.#intervalMs);
  }

  async #sendSpansAndLogs(leaving: boolean): Promise<void> {
    const { spans, logs, service, sessionId } = this.#o;
    const resource = { [reportAttributes.service]: service, [reportAttributes.session]: sessionId };
    await Promise.all([
      this.#drain(spans, leaving, "/v1/traces", (batch) => tracesBody(resource, batch)),
      this.#drain(logs, leaving, "/v1/logs", (batch) => logsBody(resource, batch)),
    ]);
  }

  async #drain<T>(queue: BoundedQueue<T>, leaving: boolean, path: string, encode: (batch: readonly T[]) => string): Promise<void> {
    while (queue.size > 0) {
      const batch = queue.take(batchSize);
      const body = encode(batch);
      // What does not fit into a leaving page's last bytes is history, not a figure.
      if (leaving && body.length > this.#o.http.room) return;
      const answer = await this.#post(path, body, leaving);
      if (answer === undefined) queue.putBack(batch);
      if (answer === undefined || leaving) return;
    }
  }
}
