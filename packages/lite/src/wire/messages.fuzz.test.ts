import { expect, test } from "vitest";
import { LiteError } from "../error.ts";
import { fuzzRuns, fuzzTimeoutMs } from "../testing/fixtures/fuzz-runs.ts";
import { seededRandom } from "../testing/fixtures/random.ts";
import { type Codec, decodeBody } from "./codec.ts";
import { bodyOf, type Vector, vectors } from "./fixtures/vectors.ts";
import { LegacyClientSetup, LegacyServerSetup } from "./legacy-setup.ts";

test(
  `${fuzzRuns} fuzzed bodies of every version give a message or a declared error`,
  () => {
    const codecs = [...new Set([...vectors.map(({ codec }) => codec), LegacyClientSetup, LegacyServerSetup])];
    const random = seededRandom(12_345);
    let refused = 0;
    for (let i = 0; i < fuzzRuns; i++) {
      const one = vectors[random(vectors.length)] as Vector<unknown>;
      const bytes = Uint8Array.from(bodyOf(one));
      for (let n = random(4); n >= 0 && bytes.byteLength > 0; n--) bytes[random(bytes.byteLength)] = random(256);
      const codec = random(4) === 0 ? (codecs[random(codecs.length)] as Codec<unknown>) : one.codec;
      try {
        decodeBody(codec, bytes.subarray(0, bytes.byteLength - random(2)));
      } catch (error) {
        if (!(error instanceof LiteError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(fuzzRuns / 10);
    expect(refused).toBeLessThan(fuzzRuns);
  },
  fuzzTimeoutMs,
);
