import { spawnSync } from "node:child_process";
import { connect, reconnect, type Session } from "@moqscope/lite";
import { nodeWebSocket } from "@moqscope/lite/node";
import { afterEach, expect, test } from "vitest";
import type { SessionReport } from "../session/report.ts";
import { TestPublisher, TestViewer, until } from "../testing/harness.ts";
import { killAll, ready, run } from "../testing/main-process.ts";

afterEach(killAll);
const webSocket = nodeWebSocket;
const loopback = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
interface Lists {
  readonly workers: { readonly node: string; readonly sessions: readonly SessionReport[] }[];
}

test("two workers share a port and the broadcasts of either; one that is killed is replaced, its viewers come back, and nothing is counted twice", {
  timeout: 240_000,
}, async () => {
  const started = run(...loopback, "--webtransport", "off", "--workers", "2", "--node", "n", "--auth-public", "/");
  const { url, admin_url: adminUrl } = await ready(started, 90_000);
  const ask = async <T>(path: string): Promise<T> => (await (await fetch(`${adminUrl}${path}`)).json()) as T;
  expect((await fetch(`${adminUrl}/ready`)).status).toBe(200);
  const open: { close(): void }[] = [];
  const publisher = new TestPublisher("room/live");
  const publishing = reconnect(url, { webSocket, publish: publisher.origin });
  open.push(publishing);
  await until(() => publishing.current !== undefined);
  /** Frames that each viewer has read, over all of its sessions. */
  const read: number[] = [];
  const sessionsOf: Session[][] = [];
  for (let at = 0; at < 4; at++) {
    read[at] = 0;
    const sessions: Session[] = [];
    sessionsOf[at] = sessions;
    const connection = reconnect(url, { webSocket });
    open.push(connection);
    void (async () => {
      for await (const status of connection.status()) {
        if (status.kind !== "connected") continue;
        sessions.push(status.session);
        void (async () => {
          const path = publisher.path;
          for await (const { kind } of status.session.announced(path)) {
            if (kind !== "active") continue;
            const viewer = await TestViewer.watch(status.session, path).catch(() => undefined);
            const seen = setInterval(() => {
              read[at] = (read[at] ?? 0) + (viewer?.finished.splice(0).length ?? 0);
            }, 20);
            void status.session.closed.then(() => clearInterval(seen));
          }
        })().catch(() => undefined);
      }
    })();
    await until(() => sessions.length === 1);
  }
  const pace = setInterval(() => publisher.group(["frame"]), 50);
  try {
    await expect.poll(() => read.every((count) => count > 5), { timeout: 20_000 }).toBe(true);
    const { workers } = await ask<Lists>("/sessions");
    expect(workers.map(({ node }) => node)).toEqual(["n/0", "n/1"]);
    // Connections go to the workers in turn; the link among them is a session of each besides.
    for (const { sessions } of workers) expect(sessions.length).toBeGreaterThan(2);

    const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
    expect(metrics.match(/^# TYPE moq_relay_active_connections gauge$/gm)).toHaveLength(1);
    const sum = (pattern: RegExp): number => [...metrics.matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0);
    // Four viewers and a publisher, each in one worker.
    expect(sum(/^moq_relay_active_connections\{[^}]*peer="client"[^}]*\} (\d+)$/gm)).toBe(4);
    expect(sum(/^moq_relay_active_connections\{[^}]*peer="publisher"[^}]*\} (\d+)$/gm)).toBe(1);
    expect(new Set([...metrics.matchAll(/instance="([^"]+)"/g)].map(([, instance]) => instance))).toEqual(new Set(["n/0", "n/1"]));

    const { stdout } = spawnSync("ps", ["-o", "pid=", "--ppid", String(started.child.pid)], { encoding: "utf8" });
    const victim = Number(stdout.trim().split(/\s+/).at(-1));
    const before = [...read];
    process.kill(victim, "SIGKILL");
    await expect.poll(() => started.stderr, { timeout: 20_000 }).toMatch(/"moq.worker".*Worker \d ended \(SIGKILL\)/);
    await expect.poll(() => read.every((count, at) => count > (before[at] ?? 0) + 20), { timeout: 30_000 }).toBe(true);
    await expect.poll(async () => (await fetch(`${adminUrl}/ready`)).status, { timeout: 90_000 }).toBe(200);
  } finally {
    clearInterval(pace);
    for (const one of open) one.close();
  }
  started.child.kill("SIGTERM");
  expect(await started.exited).toBe(0);
  await expect(connect(url, { webSocket })).rejects.toMatchObject({ code: "connect_failed" });
});
