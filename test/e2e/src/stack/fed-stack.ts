import type { Browser } from "playwright-core";
import { markFault } from "../../../../infra/src/fault/mark-fault.ts";
import { launchBrowser } from "../support/browser.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { Watcher } from "../support/watcher.ts";
import { Ours } from "./ours.ts";
import { freePorts } from "./ports.ts";
import type { Program } from "./programs.ts";
import { Stores } from "./stores.ts";
import { Webhook } from "./webhook.ts";

/** Everything that a stack of one machine has. */
export const stackPrograms = [
  "prometheus",
  "alertmanager",
  "otelcol",
  "tempo",
  "loki",
  "node_exporter",
] as const satisfies readonly Program[];
const scrapingPrograms = ["prometheus", "alertmanager", "node_exporter"] as const satisfies readonly Program[];

/** Long enough for rates over a minute and for rules of 30 s over them. */
const watchedSeconds = 75;
const lateSeconds = 30;
const seconds = (count: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, count * 1000));

/**
 * The stack, fed by `pnpm dev` (relay, gateway, publisher) with two viewers in Chromium, and by a relay of another region that is linked with
 * it and has a publisher and a viewer of its own; beside it a second Prometheus that scrapes the same, as those do who have no collector.
 */
export class FedStack implements AsyncDisposable {
  readonly webhook: Webhook;
  readonly stores: Stores;
  readonly scraping: Stores;
  readonly edge: Ours;
  readonly dev: Stack;
  /** Pages of metrics of both relays, which say what each counted itself. */
  readonly relayPages: readonly string[];
  /** Of the viewer who came first. */
  sessionId = "";
  readonly #parts: AsyncDisposable[];

  private constructor(parts: Pick<FedStack, "webhook" | "stores" | "scraping" | "edge" | "dev" | "relayPages">, all: AsyncDisposable[]) {
    this.webhook = parts.webhook;
    this.stores = parts.stores;
    this.scraping = parts.scraping;
    this.edge = parts.edge;
    this.dev = parts.dev;
    this.relayPages = parts.relayPages;
    this.#parts = all;
  }

  static async start(chromium: string): Promise<FedStack> {
    const all: AsyncDisposable[] = [];
    const keep = <P extends AsyncDisposable>(part: P): P => {
      all.push(part);
      return part;
    };
    try {
      const webhook = keep(await Webhook.start());
      const stores = keep(await Stores.start({ programs: stackPrograms, webhookUrl: webhook.url }));
      process.env["MOQSCOPE_GATEWAY_EXPORT_ENDPOINT"] = stores.collectorUrl;
      const dev = keep(await startStack());
      const at = await freePorts(["relay", "admin"]);
      const edge = keep(edgeRelay(at, { collectorUrl: stores.collectorUrl, peer: dev.ports.relay }));
      await edge.begin();
      const relayPages = [dev.ports.relayAdmin, at.admin].map((port) => `http://127.0.0.1:${port}/metrics`);
      const scraping = keep(
        await Stores.start({
          programs: scrapingPrograms,
          webhookUrl: webhook.url,
          scraped: [dev.ports.relayAdmin, dev.ports.console, at.admin],
        }),
      );
      const fed = new FedStack({ webhook, stores, scraping, edge, dev, relayPages }, all);
      for (const part of ["pub", "sub"] as const) await keep(edgePeer(part, at.relay, stores.collectorUrl)).begin();
      await fed.#watch(chromium);
      return fed;
    } catch (error) {
      await end(all);
      throw error;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return end(this.#parts);
  }

  async #watch(chromium: string): Promise<void> {
    const browser: Browser = await launchBrowser(chromium);
    this.#parts.push({ [Symbol.asyncDispose]: () => browser.close() });
    const open = async (): Promise<Watcher> => Watcher.open(await browser.newPage(), `http://127.0.0.1:${this.dev.ports.demo}/`);
    this.sessionId = (await (await open()).stats()).sessionId;
    await seconds(watchedSeconds - lateSeconds);
    // One who comes late, so that something begins within the last minute and is served from the cache.
    await open();
    await markFault(this.stores.collectorUrl, { fault: "a rehearsal", state: "begun" });
    await seconds(lateSeconds);
    await markFault(this.stores.collectorUrl, { fault: "a rehearsal", state: "over" });
  }
}

/** Who came last goes first. */
async function end(parts: readonly AsyncDisposable[]): Promise<void> {
  delete process.env["MOQSCOPE_GATEWAY_EXPORT_ENDPOINT"];
  for (const part of parts.toReversed()) await part[Symbol.asyncDispose]();
}

const edgeBroadcast = "edge.hang";
function edgeRelay(
  at: { readonly relay: number; readonly admin: number },
  { collectorUrl, peer }: { readonly collectorUrl: string; readonly peer: number },
): Ours {
  const listen = ["--listen", `127.0.0.1:${at.relay}`, "--admin-listen", `127.0.0.1:${at.admin}`, "--node", "edge-1", "--region", "us"];
  const link = ["--cluster-connect", `http://127.0.0.1:${peer}`];
  return new Ours({ name: "edge", program: "relay", args: [...listen, ...link, "--webtransport", "off", "--otlp-endpoint", collectorUrl] });
}
function edgePeer(command: "pub" | "sub", port: number, collectorUrl: string): Ours {
  const what = command === "pub" ? ["pub", "sample", "--loop"] : ["sub"];
  const where = ["--url", `http://127.0.0.1:${port}`, "--broadcast", edgeBroadcast, "--transport", "websocket"];
  return new Ours({ name: command, program: "cli", args: [...what, ...where, "--otlp-endpoint", collectorUrl], ready: '"moq.' });
}
