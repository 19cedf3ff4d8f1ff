import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { connect } from "@moqscope/lite";
import { nodeWebSocket } from "@moqscope/lite/node";
import { startNodeTelemetry } from "@moqscope/telemetry/node";
import { afterEach, expect, test } from "vitest";
import { foreignProgram } from "../../../../scripts/foreign/installed.ts";
import { createRelay } from "../relay.ts";
import { TestPublisher, TestViewer, until } from "../testing/harness.ts";

const program = foreignProgram("moq-relay");
if (!program) process.stderr.write("no figures of a real moq-relay: pnpm foreign:build makes it\n");

const running: ChildProcess[] = [];
const open: AsyncDisposable[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one[Symbol.asyncDispose]()));
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, "close");
  return port;
}
/** moq-relay that tells its figures as the node `fra`. */
async function startForeign(port: number): Promise<ChildProcess> {
  const at = `127.0.0.1:${port}`;
  const listen = ["--listen", at, "--listen-tls-generate", "localhost", "--web-http-listen", at, "--auth-public", "**,.stats/**"];
  const child = spawn(program ?? "", [...listen, "--log-level", "warn", "--stats-enabled", "--stats-node", "fra"], { stdio: "ignore" });
  running.push(child);
  await expect
    .poll(
      () =>
        fetch(`http://${at}/health`).then(
          ({ ok }) => ok,
          () => false,
        ),
      { timeout: 20_000 },
    )
    .toBe(true);
  return child;
}

/** The sum of a metric's samples with this label, as `/metrics` has it; `undefined` where there are none. */
function sample(text: string, name: string, label: string): number | undefined {
  const found = [...text.matchAll(/^(\w+)\{([^}]*)\} (\S+)$/gm)].filter(([, each, labels = ""]) => each === name && labels.includes(label));
  return found.length === 0 ? undefined : found.reduce((sum, [, , , value]) => sum + Number(value), 0);
}

test.skipIf(!program)(
  "the figures of a real moq-relay are those of what it was made to carry, beside ours, gone with it, and summed over its restart",
  { timeout: 60_000 },
  async () => {
    const port = await freePort();
    const first = await startForeign(port);
    const telemetry = startNodeTelemetry({
      serviceName: "moq-relay",
      instanceId: "ours",
      env: {},
      logLevel: "error",
      processMetrics: false,
    });
    const loopback = { host: "127.0.0.1", port: 0 };
    const relay = await createRelay({
      listen: loopback,
      adminListen: false,
      recorder: telemetry.recorder,
      cluster: { connect: [`ws://127.0.0.1:${port}/`] },
      foreignStats: { prefix: ".stats", nodeRecorder: (node) => telemetry.instance(node) },
    });
    open.push(relay);
    const of = (name: string, label = 'instance="fra"'): number | undefined => sample(telemetry.prometheusText(), name, label);
    await until(() => of("moq_relay_active_connections") !== undefined);

    const carry = async (): Promise<number> => {
      const publisher = new TestPublisher("show");
      const url = `http://127.0.0.1:${port}/`;
      const source = await connect(url, { webSocket: nodeWebSocket, publish: publisher.origin });
      const viewing = await connect(url, { webSocket: nodeWebSocket });
      for await (const { path } of viewing.announced()) if (path === publisher.path) break;
      const viewer = await TestViewer.watch(viewing, "show");
      await until(() => publisher.demands.length > 0);
      const before = of("moq_relay_bytes_sent_total") ?? 0;
      // One after the other: a released relay gives up all groups but the newest.
      let bytes = publisher.group(["x".repeat(50_000), "y".repeat(1_234)]);
      await until(() => viewer.finished.length === 1);
      bytes += publisher.group(["z".repeat(4_321)]);
      await until(() => viewer.finished.length === 2);
      await until(() => (of("moq_relay_bytes_sent_total") ?? 0) === before + bytes);
      expect(of("moq_relay_broadcast_subscribers", 'broadcast="show",') ?? of("moq_relay_broadcast_subscribers")).toBe(1);
      viewing.close();
      source.close();
      return bytes;
    };
    const bytes = await carry();
    expect(bytes).toBe(55_555);
    await until(() => of("moq_relay_bytes_received_total") === bytes);
    expect(of("moq_relay_frames_sent_total")).toBe(3);
    expect(of("moq_relay_groups_sent_total")).toBe(2);
    // Ours are apart: nothing of it came through this relay.
    expect(of("moq_relay_bytes_sent_total", 'instance="ours"')).toBe(0);
    await until(() => of("moq_relay_active_subscribers") === 0);

    first.kill("SIGKILL");
    await until(() => of("moq_relay_bytes_sent_total") === undefined);
    await startForeign(port);
    await until(() => of("moq_relay_bytes_sent_total") === bytes);
    await carry();
    expect(of("moq_relay_bytes_sent_total")).toBe(2 * bytes);
    await telemetry.shutdown();
  },
);
