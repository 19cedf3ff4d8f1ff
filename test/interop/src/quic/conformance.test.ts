import type { QuicLike, QuicSessionLike } from "@moqscope/lite/node";
import { transportConformance } from "@moqscope/lite/testing";
import { type Quic, type QuicSession, quicAvailable } from "@moqscope/quic";
import { describe, expectTypeOf, test } from "vitest";
import { quicPair } from "./quic-pair.ts";

const addon = quicAvailable();
if (!addon.available) process.stderr.write(`skipped: transports over QUIC: ${addon.reason}\n`);

test("@moqscope/quic has the shape that @moqscope/lite describes", () => {
  expectTypeOf<QuicSession>().toExtend<QuicSessionLike>();
  expectTypeOf<Quic>().toExtend<QuicLike>();
});

describe.skipIf(!addon.available).each([
  ["WebTransport", "https"],
  ["raw QUIC", "moqt"],
] as const)("%s over loopback UDP", (_, scheme) => {
  for (const one of transportConformance(() => quicPair(scheme))) test(one.name, () => one.run());
});
