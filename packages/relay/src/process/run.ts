import { hostname } from "node:os";
import { type NodeTelemetry, startNodeTelemetry } from "@moqscope/telemetry/node";
import { describeOptions, OptionError } from "@moqscope/telemetry/options";
import type { ClusterOptions } from "../cluster/cluster.ts";
import { relayOptionTable as table } from "../main-options.ts";
import type { TlsOptions } from "../net/certificate.ts";
import { type OpenedAuth, openAuth } from "../open-auth.ts";
import { clusterOf } from "../open-cluster.ts";
import type { RelayOptions } from "../options.ts";
import { createRelay } from "../relay.ts";
import type { Place } from "../workers/messages.ts";
import { serveAsWorker } from "../workers/worker.ts";
import { describeConfig } from "./describe-config.ts";
import { endOnce, endOnSignal } from "./end.ts";
import { limitsOf, telemetryOf, tlsOf } from "./relay-options.ts";
import { Reloading } from "./reload.ts";
import { readSettings, type Settings, type Values } from "./settings.ts";

/** What a process of the relay is. */
export interface Own {
  readonly settings: Settings;
  readonly version: string;
  /** Of a worker. */
  readonly place: Place | undefined;
}

/** Of the sessions that do not ask to be traced (tracing.md §1). */
const defaultTraceRatio = 0.05;
const loopback = { host: "127.0.0.1", port: 0 };

/** Stable name of a relay, as far as nobody gave it one. */
export function nodeOf({ node, listen }: Values): string {
  return node ?? `${hostname()}:${listen.port || process.pid}`;
}

/** Whether there is anything to read again: without, SIGHUP keeps its meaning, that the terminal is gone, and the relay with it. */
export function hearsHangup({ values, configFile }: Settings, tls: TlsOptions | undefined, hasAuth: boolean): boolean {
  return configFile !== undefined || hasAuth || values.clusterPeersFile !== undefined || (tls !== undefined && "certFile" in tls);
}

/** The telemetry of a process of the relay. */
export function telemetryFor({ settings, version, place }: Own): NodeTelemetry {
  const { values } = settings;
  const instanceId = place?.node ?? nodeOf(values);
  return startNodeTelemetry({
    fallback: { serviceName: "moq-relay", instanceId, version, sampleRatio: defaultTraceRatio },
    ...telemetryOf(values),
    ...(place ? { instanceId } : {}),
  });
}

/** Runs a relay until it is told to end: the only one of its port, or one of several workers. */
export async function runRelay(own: Own): Promise<void> {
  const { settings, place } = own;
  const { values } = settings;
  const telemetry = telemetryFor(own);
  const { recorder } = telemetry;
  const open = (told: Values): Promise<OpenedAuth | undefined> =>
    openAuth(told, (message) => recorder.event("error", "moq.error", { stage: "auth", message }));
  const auth = await open(values);
  const tls = place?.certificate ?? tlsOf(values);
  let reloading: Reloading | undefined;
  const relay = await createRelay({
    listen: values.listen,
    adminListen: place ? loopback : values.adminListen,
    node: place?.node ?? nodeOf(values),
    ...(values.region === undefined ? {} : { region: values.region }),
    recorder,
    metricsText: () => telemetry.prometheusText(),
    describeConfig: () => describeConfig(reloading?.settings ?? settings),
    pingIntervalMs: values.pingInterval,
    pingTimeoutMs: values.pingTimeout,
    broadcastLimit: values.broadcastLimit,
    traceRatio: telemetry.sampleRatio,
    ...(values.statsConsume === undefined || !isFirst(place)
      ? {}
      : { foreignStats: { prefix: values.statsConsume, nodeRecorder: (other: string) => telemetry.instance(other) } }),
    ...(values.tcpInfo === "off" ? { tcpInfo: false } : {}),
    webTransport: values.webTransport,
    trustedProxies: values.trustedProxy,
    proxyProtocol: values.proxyProtocol,
    limits: limitsOf(values),
    ...(tls ? { tls } : {}),
    cluster: clusterOf(values),
    ...(auth ? { auth: auth.options } : {}),
    ...(values.allowOrigin.length > 0 ? { allowOrigins: values.allowOrigin } : {}),
    ...asWorker(place, clusterOf(values)),
  });
  /** The workers behind this one. */
  let beside: readonly string[] = [];
  const peers = (told: Values): readonly string[] => [...beside, ...(isFirst(place) ? told.clusterConnect : [])];
  const isGivenCertificate = place !== undefined;
  const again = new Reloading({ relay, telemetry, auth, settings, read: readAgain, openAuth: open, peers, isGivenCertificate });
  reloading = again;
  if (hearsHangup(settings, tlsOf(values), auth !== undefined)) process.on("SIGHUP", () => void again.reload());
  const end = endOnce({ relay, telemetry, settings: () => again.settings });
  if (place) {
    const linkWith = (urls: readonly string[]): void => {
      beside = urls;
      relay.cluster.setPeers(peers(again.settings.values));
    };
    serveAsWorker({ relay, linkWith, end });
    recorder.event("info", "moq.worker", { message: `Worker ${place.index} serves`, state: "serving", node: place.node });
    return;
  }
  endOnSignal(end);
  tellReady(own, {
    telemetry,
    url: relay.url,
    adminUrl: relay.adminUrl,
    certificate: relay.certificateSha256,
    hasAuth: auth !== undefined,
  });
}

const isFirst = (place: Place | undefined): boolean => place === undefined || place.index === 0;

/** What is different in a worker: the first one alone has QUIC, and links with other machines. */
function asWorker(place: Place | undefined, { tls = {} }: ClusterOptions): RelayOptions {
  if (!place) return {};
  const beside = { listen: loopback, secret: place.secret, hasWebTransport: place.hasWebTransport };
  return isFirst(place) ? { beside } : { beside, webTransport: "off", cluster: { tls } };
}

export interface ReadyFacts {
  readonly telemetry: NodeTelemetry;
  readonly url: string;
  readonly adminUrl: string | undefined;
  readonly certificate: string | undefined;
  readonly hasAuth: boolean;
}

/** The one line that says where the relay serves, and everything that is in force. */
export function tellReady({ settings, version }: Own, { telemetry, url, adminUrl, certificate, hasAuth }: ReadyFacts): void {
  const { values, sources } = settings;
  telemetry.recorder.event("info", "moq.ready", {
    ...(hasAuth ? {} : { message: "Ready; without any --auth option everyone may publish and watch below any path" }),
    url,
    admin_url: adminUrl,
    node: nodeOf(values),
    version,
    certificate,
    options: describeOptions(values, table, sources),
    telemetry: telemetry.describe(),
  });
}

function readAgain(): Settings {
  const parsed = readSettings(process.argv.slice(2), process.env);
  // The arguments are those of the start, which asked for no help.
  if (parsed.kind !== "run") throw new OptionError("unexpected_argument", `--${parsed.kind} runs nothing`);
  return parsed;
}
