import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const entry = join(import.meta.dirname, "../../../../packages/gateway/src/main.ts");

/** A gateway in a process of its own, on free ports. */
export class GatewayProcess {
  readonly ingestUrl: string;
  readonly id: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  /** `exportTo`: base of the collector that it exports to, each second. */
  static async start(options: {
    readonly instance: string;
    readonly exportTo: string;
    readonly more?: readonly string[];
  }): Promise<GatewayProcess> {
    const ports = ["--ingest-listen", "0", "--otlp-listen", "0", "--console-listen", "0"];
    const told = ["--instance", options.instance, "--export-endpoint", options.exportTo, ...(options.more ?? [])];
    const child = spawn(process.execPath, ["--conditions=@moqscope/source", entry, ...ports, ...told], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, OTEL_METRIC_EXPORT_INTERVAL: "1000" },
    });
    const exited = once(child, "exit");
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    while (!said.includes('"moq.ready"')) {
      if (child.exitCode !== null) throw new Error(`the gateway ended: ${said}`);
      await Promise.race([once(child.stderr, "data"), exited]);
    }
    const ready = said.split("\n").find((line) => line.includes('"moq.ready"')) ?? "{}";
    const url = (JSON.parse(ready) as Record<string, string>)["ingest_url"] ?? "";
    const answer = await fetch(`${url}/v1/time`);
    return new GatewayProcess({ child, exited, ingestUrl: url, id: answer.headers.get("moq-gateway") ?? "" });
  }

  private constructor(parts: { child: ChildProcess; exited: Promise<unknown>; ingestUrl: string; id: string }) {
    this.#child = parts.child;
    this.#exited = parts.exited;
    this.ingestUrl = parts.ingestUrl;
    this.id = parts.id;
  }

  get port(): number {
    return Number(new URL(this.ingestUrl).port);
  }

  /** Ends it and waits for that. May be called twice. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.#child.kill(signal);
    await this.#exited;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end("SIGKILL");
  }
}
