import { describe, expect, test } from "vitest";
import { startNode } from "../testing/cluster.ts";
import { authority, mutualTls } from "../testing/mutual-tls.ts";

describe("between relays over TLS on TCP", () => mutualTls("off", "wss"));

test("a stack that cannot ask for certificates is refused by name", async () => {
  const ca = await authority();
  const { certificateFile: certFile, keyFile } = await ca.issue("server");
  await expect(startNode("a", {}, { webTransport: "fails", tls: { certFile, keyFile, clientCaFile: ca.caFile } })).rejects.toMatchObject({
    code: "webtransport_unavailable",
    message: expect.stringMatching(/--tls-client-ca|is not installed|native/) as string,
  });
});
