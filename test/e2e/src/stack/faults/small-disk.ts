import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A disk of 16 MiB (tmpfs), which can be filled. */
export class SmallDisk implements Disposable {
  readonly path: string;
  readonly #ballast: string;

  private constructor(path: string) {
    this.path = path;
    this.#ballast = join(path, "ballast");
  }
  /** Undefined where this process may not mount: who is not root of a Linux. */
  static mount(): SmallDisk | undefined {
    const path = mkdtempSync(join(tmpdir(), "moqscope-small-"));
    if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", path]).status === 0) return new SmallDisk(path);
    rmSync(path, { recursive: true, force: true });
    return undefined;
  }
  /** Leaves not one byte. */
  fill(): void {
    for (let size = 1 << 20; size > 0; size >>= 4) while (this.#takes(size));
  }
  #takes(size: number): boolean {
    try {
      writeFileSync(this.#ballast, Buffer.alloc(size), { flag: "a" });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOSPC") return false;
      throw error;
    }
  }
  free(): void {
    rmSync(this.#ballast, { force: true });
  }
  [Symbol.dispose](): void {
    spawnSync("umount", [this.path]);
    rmSync(this.path, { recursive: true, force: true });
  }
}
