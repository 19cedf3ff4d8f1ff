import { describe, test } from "vitest";
import { transportConformance } from "./conformance.ts";
import { memoryTransportPair } from "./memory.ts";
import { webSocketPair } from "./web-socket-pair.ts";

for (const framing of ["qmux-02", "qmux-01"])
  describe(`memory transport, ${framing}`, () => {
    const cases = transportConformance(() => {
      const [client, server] = memoryTransportPair({ framing });
      return Promise.resolve({ client, server, dispose: () => {} });
    });
    for (const { name, run } of cases) test(name, run);
  });

describe("WebSocket transport", () => {
  for (const { name, run } of transportConformance(webSocketPair)) test(name, run);
});
