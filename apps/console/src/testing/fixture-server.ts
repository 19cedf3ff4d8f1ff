import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { extname, join, normalize } from "node:path";
import type { Scenario } from "./scenario.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** As strict as a gateway may be: files of the own origin, nothing inline. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";

/** Serves a built console and a scenario, for tests only. */
export class FixtureServer {
  scenario: Scenario;
  readonly #folder: string;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  constructor(folder: string, scenario: Scenario) {
    this.#folder = folder;
    this.scenario = scenario;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  /** Listens: on a free port the first time, then on the same again. */
  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response));
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, "127.0.0.1", resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Cuts every connection and listens no more, as a gateway that died. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    if (url.pathname === "/api/stream") this.#stream(response);
    else if (url.pathname.startsWith("/api/")) this.#json(response, this.#query(url));
    else await this.#file(url.pathname, response);
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    const send = (): void => void response.write(`data: ${JSON.stringify(this.scenario.summary(Date.now()))}\n\n`);
    send();
    const timer = setInterval(send, 1_000);
    response.on("close", () => clearInterval(timer));
  }

  #query(url: URL): unknown {
    const nowMs = Date.now();
    const { scenario } = this;
    const seconds = Number(url.searchParams.get("seconds") ?? 900);
    switch (url.pathname) {
      case "/api/summary":
        return scenario.summary(nowMs);
      case "/api/series":
        return { nowMs, series: scenario.series(url.searchParams.get("name") ?? "", nowMs, seconds) };
      case "/api/metrics":
        return { nowMs, metrics: scenario.metrics(nowMs) };
      case "/api/sessions":
        return { nowMs, sessions: scenario.sessions(nowMs) };
      case "/api/logs":
        return { nowMs, logs: scenario.logs(nowMs) };
      case "/api/traces":
        return { nowMs, spans: scenario.spans(nowMs) };
      default: {
        const traceId = decodeURIComponent(url.pathname.slice("/api/traces/".length));
        return { nowMs, spans: scenario.spans(nowMs).filter((span) => span.traceId === traceId) };
      }
    }
  }

  #json(response: ServerResponse, value: unknown): void {
    response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
    response.end(JSON.stringify(value));
  }

  async #file(path: string, response: ServerResponse): Promise<void> {
    const name = normalize(path === "/" ? "index.html" : path).replace(/^(\.\.[/\\])+/, "");
    try {
      const content = await readFile(join(this.#folder, name));
      response.writeHead(200, { "content-type": types[extname(name)] ?? "application/octet-stream", "content-security-policy": policy });
      response.end(content);
    } catch {
      // A file that the console asks for and that is not there shows as a console error in the test.
      response.writeHead(404).end();
    }
  }
}
