import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** An alert as Alertmanager tells a webhook (version 4 of its form). */
export interface ToldAlert {
  readonly status: "firing" | "resolved";
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
/** An alert and when it was told, by `performance.now`. */
export interface Told extends ToldAlert {
  readonly atMs: number;
}

/** A webhook receiver that keeps all that it is told. */
export class Webhook implements AsyncDisposable {
  readonly told: Told[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      request.setEncoding("utf8");
      let body = "";
      request.on("data", (chunk: string) => (body += chunk));
      request.on("end", () => {
        const { alerts } = JSON.parse(body) as { readonly alerts: readonly ToldAlert[] };
        for (const alert of alerts) this.told.push({ ...alert, atMs: performance.now() });
        response.end();
      });
    });
  }
  static async start(): Promise<Webhook> {
    const webhook = new Webhook();
    webhook.#server.listen(0, "127.0.0.1");
    await once(webhook.#server, "listening");
    return webhook;
  }
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
