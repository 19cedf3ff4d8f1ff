import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { LogLines } from "./log-lines.ts";

/** A place with room for so many bytes. */
class Place {
  room = 0;
  text = "";
  again: (() => void) | undefined;
  readonly lines = new LogLines({
    put: (bytes) => {
      const taken = bytes.subarray(0, this.room);
      if (taken.byteLength === 0) throw new Error("ENOSPC");
      this.room -= taken.byteLength;
      this.text += new TextDecoder().decode(taken);
      return taken.byteLength;
    },
    told: (lost) => `lost ${lost}\n`,
    later: (again) => {
      this.again = again;
    },
  });
}

it("writes at once where there is room, and in order, no line cut, when there is room again", () => {
  const place = new Place();
  place.room = 8;
  place.lines.write("one\n");
  expect(place.text).toBe("one\n");
  place.lines.write("two and more\n");
  place.lines.write("three\n");
  expect(place.text).toBe("one\ntwo ");
  place.room = 1000;
  place.again?.();
  expect(place.text).toBe("one\ntwo and more\nthree\n");
});

it("holds a bounded number of lines for a place that is full, and tells how many it lost", () => {
  const place = new Place();
  const line = `${"x".repeat(1023)}\n`;
  for (let written = 0; written < 300; written++) place.lines.write(line);
  place.room = 10_000_000;
  place.again?.();
  expect(place.text).toBe(`${line.repeat(256)}lost 44\n`);
});

const says = `
  import { startNodeTelemetry } from "@moqscope/telemetry/node";
  const { recorder } = startNodeTelemetry({ fallback: { serviceName: "test", instanceId: "test", version: "0" }, processMetrics: false });
  for (let told = 0; told < 5000; told++) recorder.event("info", "moq.stopping", { signal: "SIGTERM" });
  process.stdout.write("alive");
  setTimeout(() => {}, 200);
`;
const args = ["--conditions=@moqscope/source", "--input-type=module", "-e", says];

it.runIf(process.platform === "linux")("neither ends nor stands still when its disk is full", () => {
  const full = openSync("/dev/full", "w");
  const { status, stdout } = spawnSync(process.execPath, args, {
    stdio: ["ignore", "pipe", full],
    encoding: "utf8",
    cwd: import.meta.dirname,
  });
  closeSync(full);
  expect([status, stdout]).toEqual([0, "alive"]);
});

it.runIf(process.platform === "linux")("neither ends nor stands still when its log is a pipe that nobody reads", async () => {
  const folder = mkdtempSync(join(tmpdir(), "moqscope-log-"));
  const pipe = join(folder, "pipe");
  spawnSync("mkfifo", [pipe]);
  const ends = openSync(pipe, "r+");
  let child: ChildProcess | undefined;
  try {
    child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", ends], cwd: import.meta.dirname });
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(0);
    const first = Buffer.alloc(4096);
    readSync(ends, first);
    expect(first.toString()).toContain('"event":"moq.stopping"');
  } finally {
    child?.kill("SIGKILL");
    closeSync(ends);
    rmSync(folder, { recursive: true });
  }
});
