import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import type { HlsStream } from "./hls-stream.ts";

const require = createRequire(import.meta.url);
const players = {
  "hls.js": require.resolve("hls.js/dist/hls.min.js"),
  "shaka.js": require.resolve("shaka-player/dist/shaka-player.compiled.js"),
};
const page = `<!doctype html><title>watch</title><video muted playsinline width="640" height="360"></video>${Object.keys(players)
  .map((name) => `<script src="/${name}"></script>`)
  .join("")}`;

/** Serves a stream and a page with the players as they are published, and can keep one segment back. */
export class HlsServer implements AsyncDisposable {
  readonly url: string;
  readonly #close: () => Promise<unknown>;
  readonly #gate: Gate;

  static async start(stream: HlsStream): Promise<HlsServer> {
    const gate = new Gate();
    const scripts = new Map(Object.entries(players).map(([name, path]) => [name, readFileSync(path)]));
    const server = createServer((request, response) => {
      const name = (request.url ?? "").slice(1).split("?", 1)[0] ?? "";
      const script = scripts.get(name);
      const file = script === undefined ? stream.files.get(name) : { type: "text/javascript", body: script };
      const found = name === "" ? { type: "text/html", body: page } : file;
      void gate.pass(name).then(() => {
        response.writeHead(found === undefined ? 404 : 200, { "content-type": found?.type ?? "text/plain", "cache-control": "no-store" });
        response.end(found?.body);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    return new HlsServer(`http://127.0.0.1:${port}`, gate, () => {
      gate.open();
      server.closeAllConnections();
      return Promise.all([once(server, "close"), Promise.resolve(server.close())]);
    });
  }

  private constructor(url: string, gate: Gate, close: () => Promise<unknown>) {
    this.url = url;
    this.#gate = gate;
    this.#close = close;
  }

  /** Keeps a file back until `release`. */
  hold(name: string): void {
    this.#gate.shut(name);
  }

  release(): void {
    this.#gate.open();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

class Gate {
  #name: string | undefined;
  #opened = Promise.withResolvers<void>();

  shut(name: string): void {
    this.#name = name;
    this.#opened = Promise.withResolvers<void>();
  }

  open(): void {
    this.#name = undefined;
    this.#opened.resolve();
  }

  pass(name: string): Promise<void> {
    return name === this.#name ? this.#opened.promise : Promise.resolve();
  }
}
