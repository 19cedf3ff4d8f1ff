import { afterEach, expect, test } from "vitest";
import { Authority } from "./authority.ts";
import { linked, type Node, nodesOf, startNode } from "./cluster.ts";
import { until } from "./harness.ts";
import { Issuer } from "./issuer.ts";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
async function start(...given: Parameters<typeof startNode>): Promise<Node> {
  const node = await startNode(...given);
  closing.push(() => node.relay.close());
  return node;
}
export async function authority(): Promise<Authority> {
  const made = await Authority.create();
  closing.push(() => made[Symbol.dispose]());
  return made;
}

const transports = { wss: "websocket", https: "webtransport", moqt: "quic" } as const;

/** What client certificates do between relays, over one transport: registers the tests. */
export function mutualTls(webTransport: "off" | "quic", scheme: keyof typeof transports): void {
  /** A relay that asks for tokens, and knows relays by their certificates. */
  async function certified(ca: Authority): Promise<Node> {
    const { certificateFile: certFile, keyFile } = await ca.issue("server");
    const issuer = await Issuer.create();
    return start("a", {}, { webTransport, tls: { certFile, keyFile, clientCaFile: ca.caFile }, auth: { keys: issuer.keys } });
  }
  const dial = (a: Node, tls: object): Promise<Node> =>
    start(
      "b",
      { connect: [`${scheme}://127.0.0.1:${a.port}/`], tls, random: () => 0 },
      { webTransport: webTransport === "off" ? "off" : "auto" },
    );

  test("a certificate that the authority has signed gives full rights", async () => {
    const ca = await authority();
    const a = await certified(ca);
    const b = await dial(a, { rootsFile: ca.caFile, ...(await ca.issue("b")) });
    await Promise.all([linked(b, scheme === "moqt" ? `127.0.0.1:${a.port}` : "a"), linked(a, "b")]);
    expect(nodesOf(b)).toMatchObject([{ state: "up", connections: [{ transport: transports[scheme] }] }]);
  });
  test("the link ends with 6 when the certificate does", async () => {
    const ca = await authority();
    const a = await certified(ca);
    const b = await dial(a, { rootsFile: ca.caFile, ...(await ca.issue("b", 2_000)) });
    await linked(a, "b");
    await until(() => nodesOf(b)[0]?.error === "the client certificate has expired");
    expect(a.recorder.value("moq.relay.auth_failures", { reason: "expired" })).toBeGreaterThan(0);
  });
  test("without one, and with one of another authority, nobody comes in", async () => {
    const [ca, other] = await Promise.all([authority(), authority()]);
    const a = await certified(ca);
    const b = await dial(a, { rootsFile: ca.caFile });
    const c = await dial(a, { rootsFile: ca.caFile, ...(await other.issue("c")) });
    await until(() => [b, c].every((node) => nodesOf(node)[0]?.error !== null));
    expect(nodesOf(a)).toEqual([]);
    expect(nodesOf(b)[0]?.error).toMatch(/needs a token|401|needs|unauthori/i);
  });
  test("a server whose certificate nobody trusts is not spoken to", async () => {
    const [ca, other] = await Promise.all([authority(), authority()]);
    const a = await certified(ca);
    const b = await dial(a, { rootsFile: other.caFile, ...(await ca.issue("b")) });
    await until(() => nodesOf(b)[0]?.error !== null);
    expect(nodesOf(a)).toEqual([]);
  });
}
