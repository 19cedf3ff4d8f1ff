import { describe, test } from "vitest";
import { type ConformanceCase, type TransportPair, transportConformance } from "./conformance.ts";
import { webSocketPair } from "./fixtures/web-socket-pair.ts";
import { memoryTransportPair } from "./memory.ts";

/** Without credit nothing holds one stream back alone, and no open has to wait. */
const needsCredit = ["an unread stream holds its writer, not the others", "an open that waits can be given up"];
function cases(framing: string, makePair: () => Promise<TransportPair>): readonly ConformanceCase[] {
  return transportConformance(makePair).filter(({ name }) => framing !== "webtransport" || !needsCredit.includes(name));
}

describe.each(["qmux-02", "qmux-01", "qmux-00", "webtransport"])("%s", (framing) => {
  const inMemory = cases(framing, () => {
    const [client, server] = memoryTransportPair({ framing });
    return Promise.resolve({ client, server, dispose: () => {} });
  });
  for (const one of inMemory) test(`in memory: ${one.name}`, () => one.run());
  for (const one of cases(framing, () => webSocketPair(framing))) test(`over a WebSocket: ${one.name}`, () => one.run());
});
