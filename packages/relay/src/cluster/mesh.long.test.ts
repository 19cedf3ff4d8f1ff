import { afterEach, describe, expect, test } from "vitest";
import { until } from "../testing/harness.ts";
import { killAll, ready, run } from "../testing/main-process.ts";
import { SteadyPublisher, SteadyViewer } from "../testing/mesh.ts";
import { addon } from "../testing/quic.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
  killAll();
});

interface Process {
  readonly port: number;
  readonly adminUrl: string;
  readonly child: ReturnType<typeof run>["child"];
}
const relays = [0, 1, 2, 3, 4];

/** A process of its own on `port`, linked with those on the other ports. */
async function start(port: number, peers: readonly number[], transport: "off" | "auto"): Promise<Process> {
  const connect = peers.flatMap((peer) => ["--cluster-connect", `http://127.0.0.1:${peer}`]);
  const started = run(
    "--listen",
    `127.0.0.1:${port}`,
    "--admin-listen",
    "127.0.0.1:0",
    "--node",
    `r${port}`,
    "--webtransport",
    transport,
    ...connect,
  );
  const { url, admin_url: adminUrl } = await ready(started);
  return { port: Number(new URL(url).port), adminUrl, child: started.child };
}
async function links({ adminUrl }: Process): Promise<readonly string[]> {
  const { nodes } = (await (await fetch(`${adminUrl}/nodes`)).json()) as {
    nodes: readonly { state: string; connections: readonly { transport: string }[] }[];
  };
  return nodes.filter(({ state }) => state === "up").map(({ connections }) => connections.map(({ transport }) => transport).join());
}

describe.each([
  ["WebSocket", "off", "websocket"],
  ["QUIC", "auto", "webtransport"],
] as const)("five processes linked by %s", (_, transport, label) => {
  test.skipIf(transport === "auto" && !addon.available)(
    "kill any of them: viewers of the others play on, or are back within 3 s; it comes back and is linked again",
    async () => {
      const processes: Process[] = [];
      for (const _relay of relays)
        processes.push(
          await start(
            0,
            processes.map(({ port }) => port),
            transport,
          ),
        );
      const at = (index: number): Process => processes[index] as Process;
      const whole = (): Promise<void> =>
        expect
          .poll(async () => (await Promise.all(processes.map(links))).map((each) => each.length), { timeout: 40_000, interval: 200 })
          .toEqual([4, 4, 4, 4, 4]);
      await whole();
      expect((await links(at(4))).every((each) => each.includes(label))).toBe(true);
      for (const victim of relays) {
        const others = relays.filter((index) => index !== victim);
        const publisher = new SteadyPublisher([at(0), at(1)].map(({ port }) => `http://127.0.0.1:${port}`));
        const viewers = await Promise.all(others.map((index) => SteadyViewer.at(`http://127.0.0.1:${at(index).port}`)));
        closing.push(() => publisher.close(), ...viewers.map((viewer) => () => viewer.close()));
        await Promise.all(viewers.map((viewer) => viewer.renew()));
        at(victim).child.kill("SIGKILL");
        await new Promise((resolve) => setTimeout(resolve, 3_500));
        const counts = viewers.map(({ groups }) => groups.length);
        await until(() => viewers.every(({ groups }, index) => groups.length > (counts[index] ?? 0)));
        const gaps = viewers.map((viewer) => Math.round(viewer.gapMs()));
        process.stdout.write(`${label}: killed r${victim + 1}, longest gaps of the viewers ${gaps.join(", ")} ms\n`);
        for (const gap of gaps) expect(gap).toBeLessThan(3_000);
        publisher.close();
        for (const viewer of viewers) viewer.close();
        const peers = others.map((index) => at(index).port);
        processes[victim] = await start(at(victim).port, peers, transport);
        await whole();
      }
    },
    180_000,
  );
});
