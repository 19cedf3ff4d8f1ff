import { expect, test } from "vitest";
import { LiteError } from "../error.ts";
import { fuzzRuns, fuzzTimeoutMs, tellRun } from "../testing/fixtures/fuzz-runs.ts";
import { seededRandom } from "../testing/fixtures/random.ts";
import { Cursor } from "../wire/cursor.ts";
import { bytes, legacyVectors, vectors } from "./fixtures/vectors.ts";
import { decodeFrame } from "./frame.ts";
import { decodeLegacyFrame } from "./legacy-frame.ts";
import { decodeParameters } from "./parameters.ts";

test(
  `${fuzzRuns} fuzzed records of every framing give frames or a declared error`,
  () => {
    const random = seededRandom(99);
    const all = [...vectors, ...legacyVectors];
    let refused = 0;
    for (let i = 0; i < fuzzRuns; i++) {
      const parts = Array.from({ length: 1 + random(3) }, () => bytes(all[random(all.length)]?.hex ?? ""));
      const record = Uint8Array.from(parts.flatMap((part) => [...part]));
      for (let n = random(4); n > 0; n--) record[random(record.byteLength)] = random(256);
      const cursor = new Cursor(record.subarray(0, record.byteLength - random(3)));
      try {
        if (random(2) === 0) decodeLegacyFrame(cursor);
        else
          for (let frame = decodeFrame(cursor); frame; frame = decodeFrame(cursor))
            if (frame.kind === "parameters") decodeParameters(frame.body);
      } catch (error) {
        if (!(error instanceof LiteError)) throw error;
        refused++;
      }
    }
    tellRun("records", { inputs: fuzzRuns, refused });
    expect(refused).toBeGreaterThan(fuzzRuns / 10);
    expect(refused).toBeLessThan(fuzzRuns);
  },
  fuzzTimeoutMs,
);
