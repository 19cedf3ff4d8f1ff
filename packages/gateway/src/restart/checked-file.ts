import { mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { GatewayError } from "../error.ts";

const sumBytes = 4;

/** What came of reading a file: nothing there, what was made of its content, or where it was put because nothing could be. */
export type Taken<T> =
  | { readonly kind: "none" }
  | { readonly kind: "taken"; readonly content: T }
  | { readonly kind: "set-aside"; readonly path: string; readonly cause: string };

/** A file in a folder that is only ever replaced as a whole: a first line that says what it is, its content, and a checksum of both. */
export class CheckedFile {
  readonly path: string;
  readonly #folder: string;
  readonly #head: Buffer;
  #writing: Promise<unknown> | undefined;

  /** `firstLine` names kind and version; another version is another line. */
  constructor(folder: string, name: string, firstLine: string) {
    this.#folder = folder;
    this.#head = Buffer.from(`${firstLine}\n`);
    this.path = join(folder, name);
  }

  /**
   * Makes something of the content. A file whose content is not as it was written, or of which `make` makes nothing but an error, is
   * renamed. Throws GatewayError `store_unusable` where the folder cannot be made or read.
   */
  take<T>(nowMs: number, make: (content: Buffer) => T): Taken<T> {
    const bytes = this.#read();
    if (bytes === undefined) return { kind: "none" };
    try {
      return { kind: "taken", content: make(this.#content(bytes)) };
    } catch (error) {
      return { kind: "set-aside", path: this.#setAside(nowMs), cause: error instanceof Error ? error.message : String(error) };
    }
  }

  /** All bytes of it, `undefined` where there is none. */
  #read(): Buffer | undefined {
    try {
      mkdirSync(this.#folder, { recursive: true });
      return readIfThere(this.path);
    } catch (cause) {
      throw new GatewayError("store_unusable", `${this.path} cannot be used: ${String(cause)}; choose another --store-dir`, { cause });
    }
  }

  /** The content among all bytes. Throws RangeError where they are not as they were written. */
  #content(bytes: Buffer): Buffer {
    if (!bytes.subarray(0, this.#head.length).equals(this.#head)) throw new RangeError("it is of another version");
    const end = bytes.length - sumBytes;
    if (end < this.#head.length || crc32(bytes.subarray(0, end)) !== bytes.readUInt32LE(end)) throw new RangeError("its checksum is wrong");
    return bytes.subarray(this.#head.length, end);
  }

  /** Renames it for a person to look at; its new path. */
  #setAside(nowMs: number): string {
    const aside = `${this.path}.broken-${new Date(nowMs).toISOString().replaceAll(":", "-")}`;
    renameSync(this.path, aside);
    return aside;
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }

  /** Writes what `write` puts beside the file, and then over it; what `write` gives. Asked while it writes, it gives that. */
  replace<T>(write: (put: (bytes: Uint8Array) => Promise<void>) => Promise<T>): Promise<T> {
    this.#writing ??= this.#replace(write).finally(() => (this.#writing = undefined));
    return this.#writing as Promise<T>;
  }

  async #replace<T>(write: (put: (bytes: Uint8Array) => Promise<void>) => Promise<T>): Promise<T> {
    const beside = `${this.path}.new`;
    await using file = await open(beside, "w");
    let sum = 0;
    const put = async (bytes: Uint8Array): Promise<void> => {
      sum = crc32(bytes, sum);
      await file.writeFile(bytes);
    };
    await put(this.#head);
    const written = await write(put);
    const end = Buffer.alloc(sumBytes);
    end.writeUInt32LE(sum);
    await file.writeFile(end);
    await file.sync();
    await rename(beside, this.path);
    return written;
  }
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
