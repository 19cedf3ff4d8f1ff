import { alertRules, recordingRules } from "@moqscope/telemetry/rules";
import { PrometheusApi } from "../api-v1/api-v1.ts";
import { defaultStoreMemoryBytes, defaultStoreSaveIntervalMs, type GatewayOptions } from "../options.ts";
import type { OwnEvents } from "../own/events.ts";
import type { OwnMetrics } from "../own/own-metrics.ts";
import type { Alert } from "../rules/alert.ts";
import { type GroupStatus, RuleGroups } from "../rules/rule-groups.ts";
import { Webhook, type WebhookParts } from "../rules/webhook.ts";
import { HistoryFile } from "./history-file.ts";
import { HistoryStore } from "./history-store.ts";

/** Series of Prometheus that a gateway can hold at all; memory bounds them long before. */
const seriesLimit = 200_000;
const settleEveryMs = 10_000;

/** The history of a gateway with its file and its API. */
export class HistoryParts {
  readonly store: HistoryStore;
  readonly api: PrometheusApi;
  readonly #rules: RuleGroups;
  readonly #webhook: Webhook | undefined;
  readonly #file: HistoryFile | undefined;
  readonly #events: OwnEvents;
  readonly #metrics: OwnMetrics;
  readonly #saveEveryMs: number;
  #settledMs = 0;
  #savedMs: number;

  constructor(
    options: GatewayOptions,
    parts: { readonly metrics: OwnMetrics; readonly events: OwnEvents; readonly version: string; externalUrl(): string; now(): number },
  ) {
    const { metrics, events, version } = parts;
    const now = (): number => parts.now();
    this.#events = events;
    this.#metrics = metrics;
    const limits = { memoryBytes: options.storeMemoryBytes ?? defaultStoreMemoryBytes, series: seriesLimit };
    this.store = new HistoryStore(limits, (reason, count) => metrics.storeEvicted(reason, count));
    this.api = new PrometheusApi({
      history: this.store,
      version,
      now,
      rules: () => this.#rules.status(),
      ...(options.queryLimits === undefined ? {} : { limits: options.queryLimits }),
    });
    const url = options.alertWebhook;
    const told: Pick<WebhookParts, "sent" | "turned"> = {
      sent: (result, count) => metrics.notified(result, count),
      turned: (state, waiting) => events.tell(state === "ok" ? "info" : "warn", "moq.gateway.webhook", { state, waiting }),
    };
    this.#webhook = url === undefined ? undefined : new Webhook({ url, externalUrl: () => parts.externalUrl(), ...told });
    const links = options.runbooks === undefined ? {} : { runbooks: options.runbooks };
    this.#rules = new RuleGroups([...(options.rules ?? recordingRules), ...(options.alerts ?? alertRules(links))], {
      history: this.store,
      evaluated: (result) => metrics.ruleEvaluated(result),
      changed: (alerts) => {
        for (const alert of alerts) tellOf(alert, events);
        this.#webhook?.push(alerts, now());
      },
    });
    metrics.sampleHistory(() => this.store);
    this.#saveEveryMs = options.storeSaveIntervalMs ?? defaultStoreSaveIntervalMs;
    this.#savedMs = now();
    this.#file = options.storeDir === undefined ? undefined : new HistoryFile(options.storeDir);
    if (this.#file !== undefined) this.#restore(this.#file, now());
  }

  /** Evaluates rules that are due, tells of alerts, forgets what is too old, and saves now and then. */
  tick(nowMs: number): void {
    this.#rules.tick(nowMs);
    this.#webhook?.tick(nowMs);
    if (nowMs - this.#settledMs >= settleEveryMs) {
      this.#settledMs = nowMs;
      this.store.settle(nowMs);
    }
    if (nowMs - this.#savedMs < this.#saveEveryMs) return;
    this.#savedMs = nowMs;
    // a failure is told; the next save comes after the same time
    void this.save();
  }

  /** What came of each rule at its last evaluation. */
  rules(): readonly GroupStatus[] {
    return this.#rules.status();
  }

  /** Settles when what runs beside the ticks, rules and the webhook, is done. */
  async idle(): Promise<void> {
    await this.#rules.idle();
    await this.#webhook?.idle();
  }

  /** Sends nothing more. */
  stop(): void {
    this.#webhook?.close();
  }

  /** Writes the history to its file, if it has one. A failure is told as an event: the gateway goes on without. */
  async save(): Promise<void> {
    if (this.#file === undefined) return;
    const { path } = this.#file;
    try {
      const series = await this.#file.save(this.store);
      this.#metrics.storeSaved("ok");
      this.#events.tell("debug", "moq.gateway.store", { state: "saved", path, series });
    } catch (error) {
      this.#metrics.storeSaved("failed");
      this.#events.tell("warn", "moq.gateway.store", { state: "failed", path, message: `the history was not saved: ${String(error)}` });
    }
  }

  #restore(file: HistoryFile, nowMs: number): void {
    const restored = file.restore(this.store, nowMs);
    switch (restored.kind) {
      case "none":
        return;
      case "taken":
        this.store.settle(nowMs);
        this.#events.tell("info", "moq.gateway.store", { state: "restored", path: file.path, series: restored.content });
        return;
      case "set-aside": {
        const message = `the history could not be read (${restored.cause}): it lies in ${restored.path}, and the store starts empty`;
        this.#events.tell("warn", "moq.gateway.store", { state: "set_aside", path: restored.path, message });
      }
    }
  }
}

/** One line of the log for who has no webhook. */
function tellOf({ labels, annotations, state }: Alert, events: OwnEvents): void {
  const severity = labels.get("severity");
  const level = state === "firing" && severity !== "info" ? "warn" : "info";
  const { summary = "", runbook_url: runbook = "" } = annotations;
  events.tell(level, "moq.gateway.alert", { alert: labels.get("alertname"), state, severity, summary, runbook });
}
