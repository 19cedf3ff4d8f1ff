import { mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";

const sumBytes = 4;

/** A file in a folder that is only ever replaced as a whole: a first line that says what it is, its content, and a checksum of both. */
export class CheckedFile {
  readonly path: string;
  readonly #folder: string;
  readonly #head: Buffer;

  /** `firstLine` names kind and version; another version is another line. */
  constructor(folder: string, name: string, firstLine: string) {
    this.#folder = folder;
    this.#head = Buffer.from(`${firstLine}\n`);
    this.path = join(folder, name);
  }

  /** All bytes of it, `undefined` where there is none. Throws what the file system throws where the folder cannot be made or read. */
  read(): Buffer | undefined {
    mkdirSync(this.#folder, { recursive: true });
    try {
      return readFileSync(this.path);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** The content among all bytes. Throws RangeError where they are not as they were written. */
  content(bytes: Buffer): Buffer {
    if (!bytes.subarray(0, this.#head.length).equals(this.#head)) throw new RangeError("it is of another version");
    const end = bytes.length - sumBytes;
    if (end < this.#head.length || crc32(bytes.subarray(0, end)) !== bytes.readUInt32LE(end)) throw new RangeError("its checksum is wrong");
    return bytes.subarray(this.#head.length, end);
  }

  /** Renames it for a person to look at; its new path. */
  setAside(nowMs: number): string {
    const aside = `${this.path}.broken-${new Date(nowMs).toISOString().replaceAll(":", "-")}`;
    renameSync(this.path, aside);
    return aside;
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }

  /** Writes what `write` puts beside the file, and then over it. */
  async replace(write: (put: (bytes: Uint8Array) => Promise<void>) => Promise<void>): Promise<void> {
    const beside = `${this.path}.new`;
    await using file = await open(beside, "w");
    let sum = 0;
    const put = async (bytes: Uint8Array): Promise<void> => {
      sum = crc32(bytes, sum);
      await file.writeFile(bytes);
    };
    await put(this.#head);
    await write(put);
    const end = Buffer.alloc(sumBytes);
    end.writeUInt32LE(sum);
    await file.writeFile(end);
    await file.sync();
    await rename(beside, this.path);
  }
}
