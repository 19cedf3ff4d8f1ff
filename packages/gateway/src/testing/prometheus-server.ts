import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { foreignProgram } from "../../../../scripts/foreign/installed.ts";
import { type WriteSeries, writeRequest } from "./remote-write.ts";

/** The Prometheus 3 of this machine, if `pnpm foreign:build` made one. */
export function prometheusPath(): string | undefined {
  return foreignProgram("prometheus");
}

export interface PrometheusOptions {
  /** Its configuration in YAML; default one that scrapes nothing. */
  readonly config?: string;
  readonly flags?: readonly string[];
}

/** Takes OTLP as the stack's Prometheus does (dashboards-alerts.md, section 6). */
export const otlpReceiver: PrometheusOptions = {
  config: "otlp: {translation_strategy: UnderscoreEscapingWithSuffixes, promote_resource_attributes: [cloud.region]}\n",
  flags: ["--web.enable-otlp-receiver", "--enable-feature=exemplar-storage"],
};

/** A Prometheus of its own folder and port that takes remote write. */
export class PrometheusServer {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #folder: string;

  static async start(path: string, { config, flags = [] }: PrometheusOptions = {}): Promise<PrometheusServer> {
    const folder = await mkdtemp(join(tmpdir(), "moqscope-prometheus-"));
    await writeFile(join(folder, "prometheus.yml"), config ?? "global: {scrape_interval: 10s}\n");
    const port = await freePort();
    const child = spawn(
      path,
      [
        `--config.file=${join(folder, "prometheus.yml")}`,
        `--storage.tsdb.path=${join(folder, "data")}`,
        "--storage.tsdb.retention.time=100y",
        `--web.listen-address=127.0.0.1:${port}`,
        "--web.enable-remote-write-receiver",
        "--log.level=warn",
        ...flags,
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    const server = new PrometheusServer(child, folder, `http://127.0.0.1:${port}`);
    await server.#ready();
    return server;
  }

  private constructor(child: ChildProcess, folder: string, url: string) {
    this.#process = child;
    this.#folder = folder;
    this.url = url;
  }

  /** Writes samples; they must come in the order of time over all calls. */
  async write(series: readonly WriteSeries[]): Promise<void> {
    const response = await fetch(`${this.url}/api/v1/write`, {
      method: "POST",
      headers: {
        "content-type": "application/x-protobuf",
        "content-encoding": "snappy",
        "x-prometheus-remote-write-version": "0.1.0",
      },
      body: new Uint8Array(writeRequest(series)),
    });
    if (!response.ok) throw new Error(`Prometheus refuses samples: ${response.status} ${await response.text()}`);
  }

  /** Asks the query API. */
  async ask<T>(path: string, parameters: Readonly<Record<string, string>>): Promise<T> {
    const response = await fetch(`${this.url}/api/v1/${path}`, { method: "POST", body: new URLSearchParams(parameters) });
    return (await response.json()) as T;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = this.#process.exitCode === null ? once(this.#process, "exit") : undefined;
    this.#process.kill("SIGKILL");
    await ended;
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** It opens its port before it is ready; asking again costs nothing. */
  async #ready(): Promise<void> {
    let said = "";
    this.#process.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
    for (;;) {
      if (this.#process.exitCode !== null) throw new Error(`Prometheus ended: ${said}`);
      const response = await fetch(`${this.url}/-/ready`).catch(() => undefined);
      if (response?.ok === true) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
