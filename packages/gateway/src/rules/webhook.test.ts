import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Labels } from "../tsdb/labels.ts";
import type { Alert } from "./alert.ts";
import { Webhook } from "./webhook.ts";

const startMs = 1_700_000_000_000;
const alert = (instance: string, state: Alert["state"] = "firing"): Alert => ({
  labels: Labels.of({ alertname: "LoadHigh", instance }),
  annotations: { summary: "high" },
  state,
  value: 7,
  activeMs: startMs,
  heldMs: startMs,
  firedMs: startMs + 1000,
  resolvedMs: state === "resolved" ? startMs + 9000 : undefined,
});

interface Notification {
  readonly status: string;
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>>; readonly endsAt: string }[];
}

describe("the webhook", () => {
  const received: Notification[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      received.push(JSON.parse(body) as Notification);
      response.writeHead(status, status === 302 ? { location: "/elsewhere" } : {}).end();
    });
  });
  let counted: Record<string, number> = {};
  const turns: string[] = [];
  let webhook: Webhook;
  beforeEach(async () => {
    received.length = 0;
    status = 200;
    counted = {};
    turns.length = 0;
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    webhook = new Webhook({
      url: `http://127.0.0.1:${port}/`,
      externalUrl: () => "http://127.0.0.1:4320",
      sent: (result, count) => (counted[result] = (counted[result] ?? 0) + count),
      turned: (state, waiting) => turns.push(`${state}, ${waiting} waiting`),
    });
  });
  afterEach(async () => {
    webhook.close();
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  });
  const tick = async (second: number): Promise<void> => {
    webhook.tick(startMs + second * 1000);
    await webhook.idle();
  };

  test("is told once of what fires and once of what is over, in Alertmanager's form", async () => {
    webhook.push([alert("a")], startMs);
    await tick(0);
    await tick(1);
    webhook.push([alert("a", "resolved")], startMs);
    await tick(2);
    expect(received).toMatchObject([
      {
        version: "4",
        status: "firing",
        externalURL: "http://127.0.0.1:4320",
        alerts: [
          {
            status: "firing",
            labels: { alertname: "LoadHigh", instance: "a" },
            startsAt: "2023-11-14T22:13:20.000Z",
            endsAt: "0001-01-01T00:00:00Z",
          },
        ],
      },
      { status: "resolved", alerts: [{ status: "resolved", endsAt: "2023-11-14T22:13:29.000Z" }] },
    ]);
    expect(counted).toEqual({ ok: 2 });
  });

  test.each([500, 404, 302])("is asked again after 1, 2, 4 s where it answers %d, until it takes it", async (code) => {
    status = code;
    webhook.push([alert("a")], startMs);
    for (let second = 0; second < 7; second++) await tick(second);
    expect(received).toHaveLength(3);
    status = 200;
    await tick(7);
    expect(received).toHaveLength(4);
    await tick(100);
    expect(received).toHaveLength(4);
    expect(counted).toEqual({ retry: 3, ok: 1 });
    expect(turns).toEqual(["failing, 1 waiting", "ok, 1 waiting"]);
  });

  test("hears the newest state only of an alert that changed while it could not be told", async () => {
    status = 500;
    webhook.push([alert("a"), alert("b")], startMs);
    await tick(0);
    webhook.push([alert("a", "resolved")], startMs);
    status = 200;
    await tick(10);
    expect(received.at(-1)?.alerts.map((each) => [each.labels["instance"], each.status])).toEqual([
      ["b", "firing"],
      ["a", "resolved"],
    ]);
  });

  test("drops the oldest beyond its queue and gives up after an hour, counted", async () => {
    webhook.push(
      Array.from({ length: 1005 }, (_, index) => alert(String(index))),
      startMs,
    );
    expect(counted).toEqual({ dropped: 5 });
    await tick(3601);
    expect(counted).toEqual({ dropped: 5, failed: 1000 });
    expect(received).toEqual([]);
  });

  test("that is not there is tried again, and the gateway goes on", async () => {
    server.closeAllConnections();
    const gone = new Webhook({
      url: "http://127.0.0.1:1/",
      externalUrl: () => "",
      sent: (result, count) => (counted[result] = (counted[result] ?? 0) + count),
      turned: (state, waiting) => turns.push(`${state}, ${waiting} waiting`),
    });
    gone.push([alert("a")], startMs);
    gone.tick(startMs);
    await gone.idle();
    expect(counted).toEqual({ retry: 1 });
  });
});
