import type { MetricsAnswer, SessionsAnswer, Summary } from "@moqscope/telemetry/query";
import { createGateway, type Gateway, type GatewayOptions } from "../index.ts";
import { FakeClock } from "./fake-clock.ts";

const noRules = { rules: [], alerts: [] };
const anyPort = { host: "127.0.0.1", port: 0 };

/** A gateway on free ports with a clock that the test moves. */
export class TestGateway {
  readonly clock: FakeClock;
  readonly gateway: Gateway;
  /** When the clock began. */
  readonly bornMs: number;

  /** Without rules unless they are given, or left to the gateway by an empty `rules`: they cost more than what most tests are about. */
  static async start(options: GatewayOptions = {}, rules: Pick<GatewayOptions, "rules" | "alerts"> = noRules): Promise<TestGateway> {
    const clock = options.clock instanceof FakeClock ? options.clock : new FakeClock();
    const listen = { ingestListen: anyPort, otlpListen: anyPort, consoleListen: anyPort };
    return new TestGateway(await createGateway({ ...listen, reportIntervalMs: 1000, clock, ...rules, ...options }), clock);
  }

  protected constructor(gateway: Gateway, clock: FakeClock) {
    this.gateway = gateway;
    this.clock = clock;
    this.bornMs = clock.now();
  }

  /** A player's report as a page sends it. */
  report(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return post(`${this.gateway.ingestUrl}/v1/metrics`, body, { "moq-gateway": this.gateway.id, ...headers });
  }

  /** What a relay or SDK exports. */
  export(body: unknown, signal = "metrics"): Promise<Response> {
    return post(`${this.gateway.otlpUrl}/v1/${signal}`, body);
  }

  /** A counter of the gateway itself: its values by one attribute, of those that are not 0. */
  async counted(name: string, attribute: string): Promise<Record<string, number>> {
    this.clock.advance(1000);
    const { metrics } = await this.metrics(`name=${name}`);
    const counts: Record<string, number> = {};
    for (const { attributes, value } of metrics) {
      const key = attributes[attribute] ?? "";
      if (typeof value === "number" && value > 0) counts[key] = (counts[key] ?? 0) + value;
    }
    return counts;
  }

  summary(query = ""): Promise<Summary> {
    return this.ask(`api/summary${query}`);
  }

  metrics(query: string): Promise<MetricsAnswer> {
    return this.ask(`api/metrics?${query}`);
  }

  sessions(): Promise<SessionsAnswer> {
    return this.ask("api/sessions");
  }

  async ask<T>(path: string): Promise<T> {
    return (await (await fetch(`${this.gateway.consoleUrl}/${path}`)).json()) as T;
  }

  close(): Promise<void> {
    return this.gateway.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Posts JSON (or a text as it is). */
export function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return fetch(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: text });
}
