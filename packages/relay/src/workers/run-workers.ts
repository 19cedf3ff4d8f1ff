import { systemClock } from "@moqscope/lite";
import { startNodeTelemetry } from "@moqscope/telemetry/node";
import { CertificateKeeper } from "../net/certificate-keeper.ts";
import { baseUrl, listen } from "../net/listen.ts";
import { describeConfig } from "../process/describe-config.ts";
import { endOnSignal } from "../process/end.ts";
import { telemetryOf, tlsOf } from "../process/relay-options.ts";
import { hearsHangup, nodeOf, type Own, tellReady } from "../process/run.ts";
import { Workers } from "./workers.ts";
import { workersAdmin } from "./workers-admin.ts";

/** Keeps `--workers` processes that share the public port, and answers for all of them at the admin listener. */
export async function runWorkers(own: Own): Promise<void> {
  const { settings, version } = own;
  const { values } = settings;
  const node = nodeOf(values);
  // The workers measure; this process only tells.
  const telemetry = startNodeTelemetry({
    fallback: { serviceName: "moq-relay", instanceId: node, version },
    ...telemetryOf(values),
    processMetrics: false,
  });
  const { recorder } = telemetry;
  const tls = tlsOf(values);
  const keeper =
    tls && "generate" in tls
      ? await CertificateKeeper.start(tls, {
          clock: systemClock,
          onReplaced: ({ sha256, notAfterMs }) =>
            recorder.event("info", "moq.certificate", { certificate: sha256, valid_until: new Date(notAfterMs).toISOString() }),
          onRefused: ({ message }) => recorder.event("error", "moq.error", { stage: "accept", message }),
        })
      : undefined;
  const workers = new Workers({ count: values.workers, node, recorder, certificate: () => keeper?.current });
  keeper?.serve(({ cert, key }) => workers.tell({ kind: "certificate", cert, key }));
  const admin = workersAdmin({ workers, config: () => describeConfig(settings) });
  const adminUrl = baseUrl(await listen(admin, values.adminListen, "admin"));
  try {
    await workers.start();
  } catch (error) {
    workers.kill();
    throw error;
  }
  let isEnding = false;
  endOnSignal((signal) => {
    if (isEnding) {
      workers.kill();
      process.exit(1);
    }
    isEnding = true;
    recorder.event("info", "moq.stopping", { signal });
    void workers
      .end(signal)
      .then(() => telemetry.shutdown())
      .finally(() => process.exit(0));
  });
  const hasAuth = settings.values.authKey !== undefined || settings.values.authKeyDir !== undefined || hasPublic(values);
  if (hearsHangup(settings, tls, hasAuth)) process.on("SIGHUP", () => workers.reload());
  const [first] = workers.serving;
  tellReady(own, { telemetry, url: first?.url ?? "", adminUrl, certificate: first?.certificate, hasAuth });
}

function hasPublic({ authPublic, authPublicSubscribe, authPublicPublish }: Own["settings"]["values"]): boolean {
  return authPublic.length + authPublicSubscribe.length + authPublicPublish.length > 0;
}
