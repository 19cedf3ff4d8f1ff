import { Origin, systemClock } from "@moqscope/lite";
import { type MemoryRecorder, memoryRecorder } from "@moqscope/telemetry/testing";
import { Cluster } from "../cluster/cluster.ts";
import { Access } from "../entrance/access.ts";
import { Gate } from "../entrance/gate.ts";
import { Origins } from "../entrance/origins.ts";
import { defaultRelayLimits, type RelayLimits } from "../limits.ts";
import { RelayInstruments } from "../metrics/instruments.ts";
import { CertificateKeeper } from "../net/certificate-keeper.ts";
import { Sessions } from "../session/sessions.ts";
import { Door } from "../webtransport/door.ts";
import { WebTransports, type WebTransportsOptions } from "../webtransport/web-transports.ts";

/** The part of a relay that serves WebTransport, on any stack. */
export interface Served extends AsyncDisposable {
  readonly transports: WebTransports;
  readonly keeper: CertificateKeeper;
  readonly origin: Origin;
  readonly recorder: MemoryRecorder;
}
export async function serveWith(
  find: NonNullable<WebTransportsOptions["find"]>,
  options: { readonly limits?: Partial<RelayLimits> } = {},
): Promise<Served> {
  const [origin, sessions, recorder, clock] = [new Origin(), new Sessions(), memoryRecorder(), systemClock];
  const instruments = new RelayInstruments({ recorder, clock, broadcastLimit: 1 });
  const limits = { ...defaultRelayLimits, ...options.limits };
  const keeper = await CertificateKeeper.start({ generate: ["localhost", "127.0.0.1"] }, { clock, onReplaced() {}, onRefused() {} });
  const access = new Access(undefined, instruments);
  const cluster = new Cluster({}, { origin, sessions, instruments, node: undefined, quic: false, lingerMs: 0 });
  const gate = new Gate({
    origin,
    sessions,
    instruments,
    clock,
    limits,
    access,
    cluster,
    origins: new Origins(undefined),
    shedding: () => 0,
  });
  const door = new Door({ gate, instruments, limits });
  const transports = new WebTransports({
    choice: "auto",
    keeper,
    door,
    instruments,
    clock,
    idleTimeoutMs: 30_000,
    keepAliveMs: 5_000,
    find,
  });
  return {
    transports,
    keeper,
    origin,
    recorder,
    async [Symbol.asyncDispose]() {
      await sessions.close(0, "over");
      await transports.close(0, "over");
      keeper.stop();
    },
  };
}
