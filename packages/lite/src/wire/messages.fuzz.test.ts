import { expect, test } from "vitest";
import { LiteError } from "../error.ts";
import { fuzzRuns, fuzzTimeoutMs, tellRun } from "../testing/fixtures/fuzz-runs.ts";
import { seededRandom } from "../testing/fixtures/random.ts";
import { type Codec, decodeBody } from "./codec.ts";
import { Datagram } from "./datagram.ts";
import { bodyOf, datagramVectors, vectors } from "./fixtures/vectors.ts";
import { LegacyClientSetup, LegacyServerSetup } from "./legacy-setup.ts";

test(
  `${fuzzRuns} fuzzed bodies of every version give a message or a declared error`,
  () => {
    const codecs = [...new Set([...vectors.map(({ codec }) => codec), LegacyClientSetup, LegacyServerSetup, Datagram])];
    const datagrams = datagramVectors.map(({ hex }) => ({ codec: Datagram, body: Buffer.from(hex, "hex") }));
    const seeds = [...vectors.map((one) => ({ codec: one.codec, body: bodyOf(one) })), ...datagrams];
    const random = seededRandom(12_345);
    let refused = 0;
    for (let i = 0; i < fuzzRuns; i++) {
      const one = seeds[random(seeds.length)] as (typeof seeds)[number];
      const bytes = Uint8Array.from(one.body);
      for (let n = random(4); n >= 0 && bytes.byteLength > 0; n--) bytes[random(bytes.byteLength)] = random(256);
      const codec = random(4) === 0 ? (codecs[random(codecs.length)] as Codec<unknown>) : (one.codec as Codec<unknown>);
      try {
        decodeBody(codec, bytes.subarray(0, bytes.byteLength - random(2)));
      } catch (error) {
        if (!(error instanceof LiteError)) throw error;
        refused++;
      }
    }
    tellRun("messages", { inputs: fuzzRuns, refused });
    expect(refused).toBeGreaterThan(fuzzRuns / 10);
    expect(refused).toBeLessThan(fuzzRuns);
  },
  fuzzTimeoutMs,
);
