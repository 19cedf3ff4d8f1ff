import { join } from "node:path";
import { SpawnedImpairment } from "@moqscope/impairment";
import { type Browser, type Page } from "playwright-core";
import { viteProgram } from "../../../../../scripts/dev/console-build.ts";
import { root } from "../../../../../scripts/support/root.ts";
import { launchBrowser } from "../../support/browser.ts";
import { Watcher } from "../../support/watcher.ts";
import { answers, Child } from "../child.ts";
import { Ours } from "../ours.ts";
import { freePorts } from "../ports.ts";
import type { Program } from "../programs.ts";
import { Stores } from "../stores.ts";
import { Webhook } from "../webhook.ts";
import { Certificate } from "./certificate.ts";
import { type Doors, guardedDoor } from "./door.ts";
import { broadcast, type RelayName, relayNames } from "./expected.ts";
import { SmallDisk } from "./small-disk.ts";

/** What faults are watched with. */
export const faultPrograms = ["prometheus", "alertmanager", "otelcol", "node_exporter"] as const satisfies readonly Program[];
/** Every duration of rules, scrapes and waits is divided by this. */
export const divisor = 30;
/** Pages that watch: one more than the alert of a lost publisher asks for. */
const pages = 6;
/** A peer that says nothing is given up soon; by default that takes half a minute. */
const impatient = ["--ping-interval", "500ms", "--ping-timeout", "2s"];
/** How long a certificate lasts that nobody need care for. */
export const longDays = 30;
/** Players that the gateway with a store knows at a time. */
export const knownSessions = 10;
/** Sessions that the crowded relay takes. */
export const crowd = 4;

/** A small fleet under the whole of a stack's monitoring, all of it real: seven relays, two of them linked, two gateways, a publisher, pages that watch. */
export class World implements AsyncDisposable {
  readonly webhook: Webhook;
  readonly stores: Stores;
  readonly door: Doors;
  readonly disk: SmallDisk | undefined;
  /** Of the guarded relay. */
  readonly certificate: Certificate | undefined;
  readonly #parts: (AsyncDisposable | Disposable)[] = [];
  readonly #relays = new Map<RelayName, { readonly process: Ours; readonly port: number }>();
  #gateways:
    | { readonly players: Ours; readonly stored: Ours | undefined; readonly ingestPort: number; readonly storedIngestPort: number }
    | undefined;
  #publisher: Ours | undefined;
  #link: SpawnedImpairment | undefined;

  private constructor(webhook: Webhook, stores: Stores, door: Doors) {
    this.webhook = webhook;
    this.stores = stores;
    this.door = door;
    this.disk = SmallDisk.mount();
    this.certificate = Certificate.make(longDays);
  }

  static async start(chromium: string): Promise<World> {
    const webhook = await Webhook.start();
    const stores = await Stores.start({ programs: faultPrograms, webhookUrl: webhook.url, divisor });
    const world = new World(webhook, stores, await guardedDoor());
    world.#parts.push(webhook, stores, world.door, ...(world.disk ? [world.disk] : []), ...(world.certificate ? [world.certificate] : []));
    try {
      await world.#begin(chromium);
      return world;
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
  }

  relay(name: RelayName): { readonly process: Ours; readonly port: number; readonly url: string } {
    const relay = this.#relays.get(name);
    if (!relay) throw new Error(`there is no relay ${name}`);
    return { ...relay, url: `http://127.0.0.1:${relay.port}` };
  }
  /** The one that players report to, and one with a store of its own. */
  get gateways(): {
    readonly players: Ours;
    readonly stored: Ours | undefined;
    readonly ingestPort: number;
    readonly storedIngestPort: number;
  } {
    if (!this.#gateways) throw new Error("there are no gateways yet");
    return this.#gateways;
  }
  get publisher(): Ours {
    if (!this.#publisher) throw new Error("there is no publisher yet");
    return this.#publisher;
  }

  /** What lies between the relays left and right. */
  get link(): SpawnedImpairment {
    if (!this.#link) throw new Error("there is no link yet");
    return this.#link;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Who came last goes first; one that fails keeps none of the others.
    for (const part of this.#parts.toReversed())
      await Promise.resolve(Symbol.asyncDispose in part ? part[Symbol.asyncDispose]() : part[Symbol.dispose]()).catch((error: unknown) =>
        process.stderr.write(`${String(error)}\n`),
      );
  }

  async #begin(chromium: string): Promise<void> {
    const at = await freePorts(["demo", "ingest", "otlp", "console", "otherIngest", "otherOtlp", "otherConsole"]);
    const ports = await freePorts(relayNames);
    const admin = await freePorts(relayNames);
    const loopback = { host: "127.0.0.1", port: 0 };
    this.#link = await SpawnedImpairment.start({ to: { ...loopback, port: ports.left }, tcp: loopback });
    this.#parts.push(this.#link);
    const gateway = (name: string, [ingest, otlp, console]: readonly [number, number, number], more: readonly string[]): Ours =>
      this.#ours({
        name,
        program: "gateway",
        args: [
          "--instance",
          name,
          "--report-interval",
          "1s",
          "--export-endpoint",
          this.stores.collectorUrl,
          "--ingest-listen",
          `127.0.0.1:${ingest}`,
          "--otlp-listen",
          `127.0.0.1:${otlp}`,
          "--console-listen",
          `127.0.0.1:${console}`,
          ...more,
        ],
        env: { OTEL_METRIC_EXPORT_INTERVAL: "1000" },
      });
    const players = gateway("gw-1", [at.ingest, at.otlp, at.console], ["--allow-origin", `http://127.0.0.1:${at.demo}`]);
    const stored =
      this.disk &&
      gateway(
        "gw-2",
        [at.otherIngest, at.otherOtlp, at.otherConsole],
        ["--store-dir", this.disk.path, "--store-save-interval", "10s", "--session-limit", String(knownSessions)],
      );
    this.#gateways = { players, stored, ingestPort: at.ingest, storedIngestPort: at.otherIngest };
    for (const name of relayNames) {
      const process = this.#ours({ name, program: "relay", args: this.#relayArgs(name, ports[name], admin[name]) });
      this.#relays.set(name, { process, port: ports[name] });
    }
    await Promise.all([players.begin(), stored?.begin(), ...[...this.#relays.values()].map((relay) => relay.process.begin())]);
    const main = this.relay("main").url;
    this.#publisher = this.#ours({
      name: "publisher",
      program: "cli",
      args: ["pub", "sample", "--loop", "--url", main, "--broadcast", broadcast, "--transport", "websocket", ...this.#reporting()],
      ready: `"moq.ready"`,
    });
    await this.#publisher.begin();
    await this.#watch(chromium, at.demo, { MOQSCOPE_RELAY_URL: main, MOQSCOPE_INGEST_URL: `http://127.0.0.1:${at.ingest}` });
  }

  #ours(options: ConstructorParameters<typeof Ours>[0]): Ours {
    const ours = new Ours(options);
    this.#parts.push(ours);
    return ours;
  }
  #reporting(): string[] {
    return ["--otlp-endpoint", this.stores.collectorUrl, "--report-interval", "1s"];
  }
  #relayArgs(name: RelayName, port: number, admin: number): string[] {
    const listen = ["--listen", `127.0.0.1:${port}`, "--admin-listen", `127.0.0.1:${admin}`, "--node", name, "--region", "eu"];
    const own: Readonly<Record<RelayName, readonly string[]>> = {
      main: ["--webtransport", "off"],
      killed: ["--webtransport", "off"],
      lossy: ["--tls-generate", "localhost"],
      crowded: ["--webtransport", "off", "--max-sessions", String(crowd)],
      guarded: [
        "--webtransport",
        "off",
        "--auth-key",
        this.door.keyFile,
        ...(this.certificate ? ["--tls-cert", this.certificate.cert, "--tls-key", this.certificate.key] : []),
      ],
      left: ["--webtransport", "off", ...impatient],
      right: ["--webtransport", "off", ...impatient, "--cluster-connect", `http://127.0.0.1:${this.link.port}`],
    };
    return [...listen, ...own[name], ...this.#reporting()];
  }

  /** Pages that watch, small and without sound. */
  async #watch(chromium: string, port: number, env: Readonly<Record<string, string>>): Promise<void> {
    const args = ["--host", "127.0.0.1", "--port", String(port), "--strictPort", "--clearScreen", "false", "--logLevel", "warn"];
    const demo = new Child({
      name: "demo",
      command: process.execPath,
      args: [viteProgram(join(root, "apps/demo")), ...args],
      cwd: join(root, "apps/demo"),
      env: { ...env, MOQSCOPE_BROADCAST: broadcast },
    });
    this.#parts.push({ [Symbol.asyncDispose]: () => demo.end() });
    const url = `http://127.0.0.1:${port}/?muted&rendition=video/360p`;
    await answers(url, [demo]);
    const browser: Browser = await launchBrowser(chromium);
    this.#parts.push({ [Symbol.asyncDispose]: () => browser.close() });
    const tab = async (): Promise<Page> => (await browser.newContext({ viewport: { width: 400, height: 300 } })).newPage();
    await Promise.all(Array.from({ length: pages }, async () => Watcher.open(await tab(), url)));
  }
}
