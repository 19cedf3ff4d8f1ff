import { readFile, writeFile } from "node:fs/promises";
import { gunzipSync, gzipSync } from "node:zlib";

/** One POST of `/v1/metrics` as a player sent it. */
export interface RecordedReport {
  /** Counts the recorded sessions from 0. */
  readonly session: number;
  readonly atMs: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body, inflated. */
  readonly body: string;
}

const file = new URL("../../recordings/player.json.gz", import.meta.url);

/** What `pnpm bench gateway --record` kept, in the order in which it arrived. */
export async function readRecording(): Promise<RecordedReport[]> {
  return JSON.parse(gunzipSync(await readFile(file)).toString()) as RecordedReport[];
}

/** Keeps a recording in place of the one before; answers its size in bytes. */
export async function writeRecording(reports: readonly RecordedReport[]): Promise<number> {
  const packed = gzipSync(JSON.stringify(reports), { level: 9 });
  await writeFile(file, packed);
  return packed.length;
}
