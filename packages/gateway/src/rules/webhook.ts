import { createHash } from "node:crypto";
import type { Alert } from "./alert.ts";

/** Alerts that wait at most; the oldest fall out. */
const queueLimit = 1_000;
const firstRetryMs = 1_000;
const lastRetryMs = 60_000;
/** Given up after so long: an alert of yesterday helps nobody. */
const givenUpMs = 60 * 60_000;
const timeoutMs = 10_000;
const batch = 100;

export interface WebhookParts {
  readonly url: string;
  /** Address of this gateway, for who reads the notification. */
  readonly externalUrl: () => string;
  /** Counts what came of it. */
  sent(result: "ok" | "retry" | "failed" | "dropped", count: number): void;
  /** Told once when it ceases to take notifications, and once when it takes them again. */
  turned(state: "failing" | "ok", waiting: number): void;
  readonly fetch?: typeof fetch;
}

/** Tells a webhook of alerts that fire and of those that are over, in the form of Alertmanager's webhook (version 4), until it takes them. */
export class Webhook {
  readonly #parts: WebhookParts;
  #waiting: { readonly alert: Alert; readonly sinceMs: number }[] = [];
  #dueMs = 0;
  #delayMs = firstRetryMs;
  #sending: Promise<void> | undefined;
  #isTaking = true;
  readonly #ended = new AbortController();

  constructor(parts: WebhookParts) {
    this.#parts = parts;
  }

  /** Takes alerts that changed; a newer state of one replaces the older. */
  push(alerts: readonly Alert[], nowMs: number): void {
    const newer = new Set(alerts.map(({ labels }) => labels.key));
    this.#waiting = this.#waiting.filter(({ alert }) => !newer.has(alert.labels.key));
    for (const alert of alerts) this.#waiting.push({ alert, sinceMs: nowMs });
    const over = this.#waiting.length - queueLimit;
    if (over <= 0) return;
    this.#waiting.splice(0, over);
    this.#parts.sent("dropped", over);
  }

  /** Sends what waits, when it is time. */
  tick(nowMs: number): void {
    if (this.#sending !== undefined || this.#waiting.length === 0 || nowMs < this.#dueMs) return;
    this.#sending = this.#send(nowMs).finally(() => (this.#sending = undefined));
  }

  /** Settles when the request that runs is over. */
  async idle(): Promise<void> {
    await this.#sending;
  }

  /** Ends the request that runs. */
  close(): void {
    this.#ended.abort();
  }

  async #send(nowMs: number): Promise<void> {
    const old = this.#waiting.filter(({ sinceMs }) => nowMs - sinceMs > givenUpMs);
    if (old.length > 0) this.#parts.sent("failed", old.length);
    this.#waiting = this.#waiting.filter((each) => !old.includes(each));
    const now = this.#waiting.slice(0, batch);
    if (now.length === 0) return;
    const isTaken = await this.#post(now.map(({ alert }) => alert));
    if (isTaken !== this.#isTaking) this.#parts.turned(isTaken ? "ok" : "failing", this.#waiting.length);
    this.#isTaking = isTaken;
    if (!isTaken) {
      this.#parts.sent("retry", now.length);
      this.#dueMs = nowMs + this.#delayMs;
      this.#delayMs = Math.min(lastRetryMs, this.#delayMs * 2);
      return;
    }
    // one that changed while it was sent waits anew
    this.#waiting = this.#waiting.filter((each) => !now.includes(each));
    this.#delayMs = firstRetryMs;
    this.#parts.sent("ok", now.length);
  }

  async #post(alerts: readonly Alert[]): Promise<boolean> {
    const { url, externalUrl, fetch: ask = fetch } = this.#parts;
    try {
      const response = await ask(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(notification(alerts, externalUrl())),
        redirect: "error",
        signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#ended.signal]),
      });
      await response.body?.cancel();
      return response.ok;
    } catch {
      // unreachable or too slow: it is counted and tried again
      return false;
    }
  }
}

function notification(alerts: readonly Alert[], externalURL: string): unknown {
  return {
    version: "4",
    receiver: "webhook",
    status: alerts.some(({ state }) => state === "firing") ? "firing" : "resolved",
    groupKey: "{}",
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL,
    truncatedAlerts: 0,
    alerts: alerts.map(({ labels, annotations, state, activeMs, resolvedMs }) => ({
      status: state === "firing" ? "firing" : "resolved",
      labels: labels.toRecord(),
      annotations,
      startsAt: new Date(activeMs).toISOString(),
      endsAt: resolvedMs === undefined ? "0001-01-01T00:00:00Z" : new Date(resolvedMs).toISOString(),
      generatorURL: externalURL,
      fingerprint: createHash("sha256").update(labels.key).digest("hex").slice(0, 16),
    })),
  };
}
