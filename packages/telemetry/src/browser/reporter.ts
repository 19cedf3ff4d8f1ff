import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import type { SpanContext } from "../recorder/recorder.ts";
import { parseReportInterval, reportHeaders } from "../registry/report.ts";
import type { SessionState } from "../registry/types.ts";
import type { BoundedQueue } from "./bounded-queue.ts";
import type { TelemetryClock } from "./clock.ts";
import { type Answer, byteLength, type Http, maxKeepaliveBytes } from "./http.ts";
import { type AttributeValues, type LogEntry, logsBody, tracesBody } from "./otlp-json.ts";
import type { Point } from "./points.ts";
import { type Report, ReportState } from "./report-state.ts";
import { TelemetryToken, type TokenOption } from "./token.ts";

const retryAfterMs = 1_000;
const refusalsUntilOff = 5;
const offMs = 60_000;
const batchSize = 64;
/** A gateway that asks for one resync after the other is not asked faster than by the interval. */
const promptResyncs = 2;

export interface ReporterOptions {
  /** Base of the ingest, without a trailing slash. */
  readonly base: string;
  readonly sessionId: string;
  /** What each request says of its sender, the session's id among it. */
  readonly resource: AttributeValues;
  readonly token: TokenOption | undefined;
  readonly intervalMs: number;
  readonly http: Http;
  readonly clock: TelemetryClock;
  readonly collect: () => readonly Point[];
  /** The session's span, where its trace is exported. */
  readonly trace: () => SpanContext | undefined;
  readonly spans: BoundedQueue<ReadableSpan>;
  readonly logs: BoundedQueue<LogEntry>;
  /** Told the status with which the gateway refused the session's MoQ JWT. */
  readonly onTokenRefused: (status: number) => void;
}
/** Whether a gateway answered, and not a proxy or portal on the way, which knows nothing of what a gateway counted. */
function isOfGateway(answer: Answer | undefined): answer is Answer {
  return answer?.header(reportHeaders.gateway) !== undefined;
}

/** How a report leaves: while the page stays, with a page that may come back, or as the last one. */
export type Leaving = "stays" | "leaves" | "final";

/** Sends a session's reports on time, one after the other, and heals what the network loses. Never rejects. */
export class Reporter {
  state: SessionState = "starting";
  readonly #o: ReporterOptions;
  readonly #reports: ReportState;
  readonly #token: TelemetryToken;
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
    const { clock, sessionId } = options;
    this.#o = options;
    this.#intervalMs = options.intervalMs;
    this.#beganMs = clock.now();
    this.#reports = new ReportState(options.resource, clock.wallMs());
    this.#token = new TelemetryToken({
      option: options.token,
      sessionId,
      clock,
      exchange: (body, jwt) => this.#exchange(body, jwt),
      onRefused: options.onTokenRefused,
    });
  }

  /** Learns the gateway's id and gets a token, then reports every interval. */
  start(): void {
    this.#schedule(this.#intervalMs);
    void this.#o.http.get(`${this.#o.base}/v1/time`, this.#timeoutMs()).then((answer) => {
      if (answer !== undefined && answer.status < 300) this.#heed(answer);
    });
    void this.#token.fresh();
  }

  report(leaving: Leaving): Promise<void> {
    if (this.#ended) return this.#turn;
    // The last report is tried whatever was said before: nothing comes after it.
    if (leaving === "final") this.#ended = true;
    else if (leaving === "leaves" && this.#isOff()) return this.#turn;
    if (leaving !== "stays") return this.#sendLeaving(leaving);
    this.#turn = this.#turn
      .then(() => (this.#ended || this.#isOff() ? undefined : this.#sendStaying()))
      .catch(() => {
        // A reading that failed is made again by the next report; the turn must go on.
      });
    return this.#turn;
  }

  /** Sends nothing any more, not even a closing report. */
  stop(): void {
    this.#ended = true;
    this.#cancelTimer();
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

  async #exchange(body: string, jwt: string | undefined): Promise<Answer | undefined> {
    const authorization: Record<string, string> = jwt === undefined ? {} : { authorization: `Bearer ${jwt}` };
    const headers = { [reportHeaders.session]: this.#o.sessionId, ...authorization };
    const answer = await this.#o.http.post({ url: `${this.#o.base}/v1/token`, body, headers, leaving: false }, this.#timeoutMs());
    if (answer !== undefined && answer.status < 300) this.#heed(answer);
    return answer;
  }

  async #sendStaying(): Promise<void> {
    const { ready } = await this.#token.fresh();
    if (this.#ended) return;
    if (!ready) return this.#refused(undefined);
    if (await this.#deliver(this.#next("stays"))) await this.#sendSpansAndLogs(false);
  }

  /** Every request of a page that leaves must be under way before this turn ends: nothing is waited for before them. */
  async #sendLeaving(leaving: Leaving): Promise<void> {
    if (leaving === "final") this.#cancelTimer();
    if (!this.#token.state.ready) return;
    await Promise.all([this.#deliverLeaving(this.#next(leaving), leaving), this.#sendSpansAndLogs(true)]);
  }

  #next(leaving: Leaving): Report {
    const { clock, http, collect, trace } = this.#o;
    return this.#reports.next(collect(), {
      wallMs: clock.wallMs(),
      elapsedMs: clock.now() - this.#beganMs,
      state: this.state,
      final: leaving === "final",
      maxBytes: leaving === "stays" ? maxKeepaliveBytes : http.room,
      trace: trace(),
    });
  }

  /** The last report has no successor that would heal it: it is sent again at once when lost, and anew after a resync or with a new token. */
  async #deliverLeaving(report: Report, leaving: Leaving): Promise<void> {
    const answer = await this.#attempt(report, true);
    const isAnew = answer?.status === 401 || answer?.header(reportHeaders.resync) === "1";
    if (leaving !== "final" || (isOfGateway(answer) && !isAnew)) {
      this.#settle(report, answer);
      return;
    }
    if (!isOfGateway(answer)) {
      this.#reports.unanswered(report);
      this.#settle(report, await this.#attempt(report, true));
      return;
    }
    this.#settle(report, answer);
    if (!(await this.#token.fresh()).ready) return;
    const again = this.#next(leaving);
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

  async #post(path: string, body: string, leaving: boolean, more: Readonly<Record<string, string>> = {}): Promise<Answer | undefined> {
    const { token } = this.#token.state;
    const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const headers = { [reportHeaders.session]: this.#o.sessionId, ...authorization, ...more };
    const answer = await this.#o.http.post({ url: `${this.#o.base}${path}`, body, headers, leaving }, this.#timeoutMs());
    if (answer?.status === 401) this.#token.refused(token);
    return answer;
  }

  #settle(report: Report, answer: Answer | undefined): boolean {
    if (!isOfGateway(answer)) {
      this.#reports.unanswered(report);
      this.#refused(answer);
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
    if (quietMs > 0) this.#quietUntilMs = this.#o.clock.now() + quietMs;
    // A token that expired is no reason to wait: the next report, with a new one, goes out at once.
    if (answer?.status === 401 && this.#refusals === 1) this.#schedule(0);
    else if (quietMs > 0) this.#schedule(this.#intervalMs);
  }

  async #sendSpansAndLogs(leaving: boolean): Promise<void> {
    const { spans, logs, resource } = this.#o;
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
      if (leaving && byteLength(body) > this.#o.http.room) return;
      const answer = await this.#post(path, body, leaving);
      // Kept where another attempt may do better: no answer, no token, or a gateway that is busy.
      const isLater = answer === undefined || [401, 429, 503].includes(answer.status);
      if (isLater) queue.putBack(batch);
      if (isLater || leaving) return;
    }
  }
}
