import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answers, type Child } from "./child.ts";
import { freePorts } from "./ports.ts";
import {
  type Place,
  type Ports,
  type Program,
  portNames,
  startAlertmanager,
  startCollector,
  startLoki,
  startNodeExporter,
  startPrometheus,
  startTempo,
} from "./programs.ts";

/** What of a stack is started, and how. */
export interface StoresOptions {
  readonly programs: readonly Program[];
  /** Is told of alerts. */
  readonly webhookUrl: string;
  /** Every duration is divided by this, so that a test need not wait; default 1. */
  readonly divisor?: number;
  /** Ports of pages of relays and gateways, for a stack without a collector. */
  readonly scraped?: readonly number[];
}

/** The answer of Prometheus to an instant query. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** The stores of the stack without containers, on the files that containers would mount; addresses go in by variables and targets. */
export class Stores implements AsyncDisposable {
  readonly at: Ports;
  readonly #place: Place;
  readonly #children = new Map<Program, Child>();
  readonly #options: StoresOptions;

  private constructor(place: Place, options: StoresOptions) {
    this.#place = place;
    this.#options = options;
    this.at = place.at;
  }

  /** Throws with the last words of the program that does not get ready. */
  static async start(options: StoresOptions): Promise<Stores> {
    const folder = mkdtempSync(join(tmpdir(), "moqscope-stack-"));
    const stores = new Stores({ folder, at: await freePorts(portNames), divisor: options.divisor ?? 1 }, options);
    try {
      await Promise.all(options.programs.map((program) => stores.begin(program)));
      return stores;
    } catch (error) {
      await stores[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Base of OTLP/HTTP. */
  get collectorUrl(): string {
    return `http://127.0.0.1:${this.at.otlp}`;
  }
  get prometheusUrl(): string {
    return `http://127.0.0.1:${this.at.prometheus}`;
  }
  get tempoUrl(): string {
    return `http://127.0.0.1:${this.at.tempo}`;
  }
  get lokiUrl(): string {
    return `http://127.0.0.1:${this.at.loki}`;
  }

  /** Starts a program, for the first time or again, and waits until it is ready. */
  async begin(program: Program): Promise<void> {
    const child = this.#start(program);
    this.#children.set(program, child);
    await answers(this.#readyUrl(program), [child]);
  }
  /** Ends a program, which may begin again. */
  async end(program: Program, signal?: NodeJS.Signals): Promise<void> {
    await this.#children.get(program)?.end(signal);
  }

  /** Asks Prometheus. Throws with what it has against the query. */
  async query(expr: string): Promise<readonly Sample[]> {
    const answer = await this.ask<{ readonly result: readonly Sample[] }>("query", { query: expr });
    return answer.result;
  }
  /** Asks any path of Prometheus' API. */
  async ask<T>(path: string, parameters: Readonly<Record<string, string>>): Promise<T> {
    const url = `${this.prometheusUrl}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`;
    const answer = (await (await fetch(url)).json()) as { readonly data?: T; readonly error?: string };
    if (answer.data === undefined) throw new Error(`${JSON.stringify(parameters)}: ${answer.error ?? "no answer"}`);
    return answer.data;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#children.values()].map((child) => child.end()));
    rmSync(this.#place.folder, { recursive: true, force: true });
  }

  #start(program: Program): Child {
    switch (program) {
      case "prometheus":
        return startPrometheus(this.#place, this.#options.programs, this.#options.scraped);
      case "alertmanager":
        return startAlertmanager(this.#place, this.#options.webhookUrl);
      case "otelcol":
        return startCollector(this.#place);
      case "tempo":
        return startTempo(this.#place);
      case "loki":
        return startLoki(this.#place);
      case "node_exporter":
        return startNodeExporter(this.#place);
    }
  }
  #readyUrl(program: Program): string {
    const { at } = this;
    switch (program) {
      case "prometheus":
        return `${this.prometheusUrl}/-/ready`;
      case "alertmanager":
        return `http://127.0.0.1:${at.alertmanager}/-/ready`;
      case "otelcol":
        return `http://127.0.0.1:${at.health}/`;
      case "tempo":
        return `${this.tempoUrl}/ready`;
      case "loki":
        return `${this.lokiUrl}/ready`;
      case "node_exporter":
        return `http://127.0.0.1:${at.node}/`;
    }
  }
}
