import type { Clock } from "@moqscope/lite";
import { RelayError, RelayErrorCode } from "../error.ts";
import { type Certificate, loadCertificate, type TlsOptions } from "./certificate.ts";

/** A generated certificate is replaced before clients would see it expire. */
const renewBeforeMs = 2 * 86_400_000;
/** Looked at this often and by the wall clock: a machine that slept has not missed the day. */
const checkMs = 3_600_000;

export interface CertificateKeeperOptions {
  readonly clock: Clock;
  /** Epoch milliseconds; default the system's. */
  readonly wallMs?: () => number;
  /** Told of each certificate that has replaced the one before. */
  onReplaced(certificate: Certificate): void;
  /** Told why a replacement was refused; the one before is served on. */
  onRefused(error: Error): void;
}

/** The one certificate that every listener of a relay serves, and its replacement while they run. */
export class CertificateKeeper {
  readonly #options: CertificateKeeperOptions;
  readonly #wallMs: () => number;
  /** Those who serve it; one that cannot take the new one throws, and then nobody has it. */
  readonly #servers: ((certificate: Certificate) => void)[] = [];
  #tls: TlsOptions;
  #current: Certificate;
  #cancel: () => void;
  private constructor(tls: TlsOptions, current: Certificate, options: CertificateKeeperOptions) {
    this.#options = options;
    this.#wallMs = options.wallMs ?? Date.now;
    this.#tls = tls;
    this.#current = current;
    this.#cancel = options.clock.after(checkMs, () => void this.#check()); // Never rejects.
  }
  /** @throws RelayError `certificate_invalid` */
  static async start(tls: TlsOptions, options: CertificateKeeperOptions): Promise<CertificateKeeper> {
    return new CertificateKeeper(tls, await loadCertificate(tls, options.wallMs?.()), options);
  }
  get current(): Certificate {
    return this.#current;
  }
  /** Has a server given each certificate from now on, before those that were added earlier. It throws when it cannot serve it. */
  serve(server: (certificate: Certificate) => void): void {
    this.#servers.unshift(server);
  }
  /**
   * Serves another certificate to those who connect from now on; sessions stay.
   * @throws RelayError `certificate_invalid`, and serves the old one on.
   */
  async replace(tls: TlsOptions): Promise<void> {
    try {
      const next = await loadCertificate(tls, this.#wallMs());
      for (const server of this.#servers) server(next);
      this.#tls = tls;
      this.#current = next;
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      const error = cause instanceof RelayError ? cause : new RelayError(RelayErrorCode.certificateInvalid, message, { cause });
      this.#options.onRefused(error);
      throw error;
    }
    this.#options.onReplaced(this.#current);
  }
  stop(): void {
    this.#cancel();
  }
  async #check(): Promise<void> {
    this.#cancel = this.#options.clock.after(checkMs, () => void this.#check()); // Never rejects.
    if (!("generate" in this.#tls) || this.#wallMs() < this.#current.notAfterMs - renewBeforeMs) return;
    // The reason was told; the next check tries again.
    await this.replace(this.#tls).catch(() => undefined);
  }
}
