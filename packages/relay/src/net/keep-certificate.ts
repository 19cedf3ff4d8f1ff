import type { Clock } from "@moqscope/lite";
import type { RelayInstruments } from "../metrics/instruments.ts";
import type { TlsOptions } from "./certificate.ts";
import { CertificateKeeper } from "./certificate-keeper.ts";

/** Keeps a relay's certificate, and tells of each that takes its place and of each that is refused. */
export function keepCertificate(
  tls: TlsOptions,
  { instruments, clock }: { readonly instruments: RelayInstruments; readonly clock: Clock },
): Promise<CertificateKeeper> {
  const { recorder } = instruments;
  return CertificateKeeper.start(tls, {
    clock,
    onReplaced: ({ sha256, notAfterMs }) =>
      recorder.event("info", "moq.certificate", { certificate: sha256, valid_until: new Date(notAfterMs).toISOString() }),
    onRefused: (error) => {
      instruments.error("internal", "accept");
      recorder.event("error", "moq.error", { stage: "accept", message: `The certificate stays as it is: ${error.message}` });
    },
  });
}
