import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { isAlive } from "../../../scripts/dev/ancestors.ts";
import { eventually, GatewayApi } from "./support/gateway.ts";
import { freePorts, portArgs, spawnDev, startStack } from "./support/stack.ts";
import { addon } from "./support/ways.ts";

describe("pnpm dev", () => {
  it("is ready with a live broadcast, says where everything is, and leaves no process and no port behind on Ctrl-C", async () => {
    const stack = await startStack(addon.available ? [] : ["--no-quic"]);
    for (const port of Object.values(stack.ports)) expect(stack.output).toContain(String(port));
    const gateway = new GatewayApi(stack.ports.console);
    await eventually(
      () => gateway.summary(),
      (summary) => summary.liveBroadcasts?.value === 1,
      5000,
    );
    const announced = await (await fetch(`http://127.0.0.1:${stack.ports.relay}/announced`)).text();
    expect(announced).toBe("demo.hang");
    const certificate = await fetch(`http://127.0.0.1:${stack.ports.relay}/certificate.sha256`);
    expect([certificate.status, await certificate.text()]).toEqual(
      addon.available ? [200, expect.stringMatching(/^[0-9a-f]{64}$/)] : [404, expect.any(String)],
    );
    expect(stack.output).toContain(addon.available ? "over WebTransport (QUIC) and WebSocket" : "over WebSocket");
    expect((await fetch(`http://127.0.0.1:${stack.ports.relay}/metrics`)).status, "no metrics on the public port").toBe(404);
    expect(await (await fetch(`http://127.0.0.1:${stack.ports.relayAdmin}/metrics`)).text()).toContain("moq_relay_active_connections");
    const family = descendants(stack.pid);
    expect(family.length, "dev has children").toBeGreaterThan(3);
    await stack.stop();
    expect(family.filter(isAlive), "processes left behind").toEqual([]);
    for (const port of Object.values(stack.ports)) await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  });

  it("names a taken port with the flag and the variable that change it, and starts nothing", async () => {
    const ports = await freePorts();
    const squatter = createServer();
    squatter.listen(ports.console, "127.0.0.1");
    await once(squatter, "listening");
    const child = spawnDev(portArgs(ports));
    let output = "";
    child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, "close")) as [number];
    squatter.close();
    expect(code).not.toBe(0);
    expect(output).toContain(String(ports.console));
    expect(output).toContain("--console-port");
    expect(output).toContain("MOQSCOPE_CONSOLE_PORT");
    await expect(fetch(`http://127.0.0.1:${ports.relay}/health`)).rejects.toThrow();
  });
});

/** Every process below `pid`, by the parent that /proc names. */
function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // The process ended between the two reads: it is no descendant that lives.
    }
  }
  const below = (parent: number): number[] => [...parents].filter(([, of]) => of === parent).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}
