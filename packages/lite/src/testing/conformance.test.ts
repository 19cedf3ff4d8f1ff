import { describe, test } from "vitest";
import { type ConformanceCase, type ConformanceNeed, type TransportPair, transportConformance } from "./conformance.ts";
import { webSocketPair } from "./fixtures/web-socket-pair.ts";
import { memoryTransportPair } from "./memory.ts";

/** The legacy framing has no credit, and over TCP there are no datagrams. */
function cases(has: readonly ConformanceNeed[], makePair: () => Promise<TransportPair>): readonly ConformanceCase[] {
  return transportConformance(makePair).filter(({ needs }) => needs === undefined || has.includes(needs));
}

/** What the cases have the client do, the server does. */
function flipped({ client, server, dispose }: TransportPair): TransportPair {
  return { client: server, server: client, dispose };
}

describe.each(["qmux-02", "qmux-01", "qmux-00", "webtransport"])("%s", (framing) => {
  const credit: ConformanceNeed[] = framing === "webtransport" ? [] : ["credit"];
  const inMemory = cases(credit, () => {
    const [client, server] = memoryTransportPair({ framing });
    return Promise.resolve({ client, server, dispose: () => {} });
  });
  for (const one of inMemory) test(`in memory: ${one.name}`, () => one.run());
  for (const one of cases([...credit, "network"], () => webSocketPair(framing))) test(`over a WebSocket: ${one.name}`, () => one.run());
  for (const direct of [true, false])
    for (const one of cases([...credit, "network"], async () => flipped(await webSocketPair(framing, { direct }))))
      test(`from the server of a WebSocket${direct ? ", past ws" : ""}: ${one.name}`, () => one.run());
});
