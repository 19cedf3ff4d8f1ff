import { createServer, type Server } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkPorts, host } from "./ports.ts";

const options = {
  relay: { who: "relay", flag: "--relay-port", env: "MOQSCOPE_RELAY_PORT" },
  demo: { who: "demo pages", flag: "--demo-port", env: "MOQSCOPE_DEMO_PORT" },
};

describe("checkPorts", () => {
  let server: Server;
  let taken = 0;
  beforeEach(async () => {
    server = createServer();
    await new Promise<void>((resolve) => server.listen({ host, port: 0 }, resolve));
    const address = server.address();
    taken = typeof address === "object" && address !== null ? address.port : 0;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it("names a taken port with the flag and the variable that change it", async () => {
    await expect(checkPorts(options, { relay: taken, demo: 0 })).rejects.toThrow(
      `port ${taken} (relay) is taken: choose another with --relay-port or MOQSCOPE_RELAY_PORT`,
    );
  });

  it("names all that are taken at once", async () => {
    await expect(checkPorts(options, { relay: taken, demo: taken })).rejects.toThrow(/relay-port.*\n.*demo-port/);
  });

  it("takes free ones for 0, and leaves them free", async () => {
    const ports = await checkPorts(options, { relay: 0, demo: 0 });
    expect(ports.relay).not.toBe(ports.demo);
    expect(await checkPorts(options, ports)).toEqual(ports);
  });

  it("says when two are the same", async () => {
    const { relay } = await checkPorts(options, { relay: 0, demo: 0 });
    await expect(checkPorts(options, { relay, demo: relay })).rejects.toThrow(`port ${relay} (demo pages) is also that of the relay`);
  });
});
