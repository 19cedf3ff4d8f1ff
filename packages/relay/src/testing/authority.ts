import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generate } from "selfsigned";

interface Issued {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** An authority of a test, and what it signs, as files that are removed at the end. */
export class Authority implements Disposable {
  readonly caFile: string;
  readonly #folder: string;
  readonly #pems: { readonly cert: string; readonly private: string };
  static async create(): Promise<Authority> {
    const pems = await generate([{ name: "commonName", value: "test authority" }], {
      keyType: "ec",
      curve: "P-256",
      algorithm: "sha256",
      extensions: [
        { name: "basicConstraints", cA: true, critical: true },
        { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
      ],
    });
    return new Authority(pems);
  }
  private constructor(pems: { readonly cert: string; readonly private: string }) {
    this.#pems = pems;
    this.#folder = mkdtempSync(join(tmpdir(), "moqscope-authority-"));
    this.caFile = join(this.#folder, "ca.pem");
    writeFileSync(this.caFile, pems.cert);
  }
  /** A certificate of one name, for servers and clients, valid so many milliseconds from now. */
  async issue(name: string, lifeMs = 86_400_000): Promise<Issued> {
    const now = Date.now();
    const pems = await generate([{ name: "commonName", value: name }], {
      keyType: "ec",
      curve: "P-256",
      algorithm: "sha256",
      notBeforeDate: new Date(now - 3_600_000),
      notAfterDate: new Date(now + lifeMs),
      ca: { key: this.#pems.private, cert: this.#pems.cert },
      extensions: [
        { name: "basicConstraints", cA: false },
        { name: "keyUsage", digitalSignature: true },
        { name: "extKeyUsage", serverAuth: true, clientAuth: true },
        {
          name: "subjectAltName",
          altNames: [
            { type: 2, value: "localhost" },
            { type: 7, ip: "127.0.0.1" },
          ],
        },
      ],
    });
    const folder = join(this.#folder, name);
    mkdirSync(folder, { recursive: true });
    const issued = { certificateFile: join(folder, "cert.pem"), keyFile: join(folder, "key.pem") };
    writeFileSync(issued.certificateFile, pems.cert);
    writeFileSync(issued.keyFile, pems.private);
    return issued;
  }
  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
