import { describe, test } from "vitest";
import { transportConformance } from "./conformance.ts";
import { webSocketPair } from "./fixtures/web-socket-pair.ts";
import { memoryTransportPair } from "./memory.ts";

for (const framing of ["qmux-02", "qmux-01"])
  describe(`memory transport, ${framing}`, () => {
    const cases = transportConformance(() => {
      const [client, server] = memoryTransportPair({ framing });
      return Promise.resolve({ client, server, dispose: () => {} });
    });
    for (const one of cases) test(one.name, () => one.run());
  });

describe("WebSocket transport", () => {
  for (const one of transportConformance(webSocketPair)) test(one.name, () => one.run());
});
