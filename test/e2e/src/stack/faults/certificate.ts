import { spawnSync } from "node:child_process";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate of this machine for a relay, in files that can be written anew. */
export class Certificate implements Disposable {
  readonly cert: string;
  readonly key: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.cert = join(folder, "cert.pem");
    this.key = join(folder, "key.pem");
  }
  /** Undefined where there is no openssl, which makes them. */
  static make(days: number): Certificate | undefined {
    const certificate = new Certificate(mkdtempSync(join(tmpdir(), "moqscope-certificate-")));
    if (certificate.renew(days)) return certificate;
    certificate[Symbol.dispose]();
    return undefined;
  }
  /** Another one, which ends after so many days. */
  renew(days: number): boolean {
    const made = { cert: `${this.cert}.new`, key: `${this.key}.new` };
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const args = ["req", "-x509", ...curve, "-subj", "/CN=localhost", "-days", String(days), "-keyout", made.key, "-out", made.cert];
    if (spawnSync("openssl", args).status !== 0) return false;
    renameSync(made.key, this.key);
    renameSync(made.cert, this.cert);
    return true;
  }
  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
