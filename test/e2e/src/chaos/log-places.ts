import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where relays write their log lines: a disk that is soon full, a pipe that nobody reads, and a file. */
export interface LogPlaces {
  /** Of a kilobyte or a few; `/dev/full`, which is full at once, where no file system can be mounted. */
  readonly smallDisk: string;
  readonly deafPipe: string;
  readonly file: string;
  readonly folder: string;
  close(): void;
}

const smallBytes = 65_536;

export function makeLogPlaces(): LogPlaces {
  const folder = mkdtempSync(join(tmpdir(), "moqscope-chaos-"));
  const disk = mkdtempSync(join(tmpdir(), "moqscope-chaos-disk-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${smallBytes}`, "tmpfs", disk]).status === 0;
  const deafPipe = join(folder, "pipe");
  if (spawnSync("mkfifo", [deafPipe]).status !== 0) throw new Error("mkfifo does not work here");
  // Both ends, so that whoever opens it to write does not wait for a reader.
  const ends = openSync(deafPipe, "r+");
  return {
    smallDisk: mounted ? join(disk, "log") : "/dev/full",
    deafPipe,
    file: join(folder, "log"),
    folder,
    close() {
      closeSync(ends);
      if (mounted) spawnSync("umount", [disk]);
      rmSync(disk, { recursive: true, force: true });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
