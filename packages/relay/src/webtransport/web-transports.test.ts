import { connectQuic } from "@moqscope/quic";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addon } from "../testing/quic.ts";
import { type Served, serveWith } from "../testing/web-transports.ts";
import { quicBackend } from "./quic-backend.ts";

let served: Served | undefined;
afterEach(async () => {
  await served?.[Symbol.asyncDispose]();
  served = undefined;
});
const tcp = { host: "127.0.0.1", port: 0 };

test("where there is no stack, one line says why and how to get one, once", async () => {
  served = await serveWith(() => Promise.resolve({ reason: "no addon; build it" }));
  await served.transports.start(tcp);
  await served.transports.add(tcp);
  expect(served.transports.state).toEqual({ kind: "absent", reason: "no addon; build it" });
  const told = served.recorder.events.filter(({ name }) => name === "moq.webtransport");
  expect(told.map(({ attributes }) => attributes["message"])).toEqual(["No WebTransport, WebSocket only: no addon; build it"]);
});

describe("with the addon", () => {
  beforeEach(({ skip }) => {
    if (!addon.available) skip(addon.reason);
  });
  test("a stack that comes later is listened with, however many ask at once, and its sessions enter by the same gate", async () => {
    let built = false;
    served = await serveWith(() => (built ? quicBackend() : Promise.resolve({ reason: "not built" })));
    const { transports, keeper, recorder } = served;
    await transports.start(tcp);
    expect(transports.state.kind).toBe("absent");
    built = true;
    const states = await Promise.all([transports.add(tcp), transports.add(tcp), transports.add(tcp)]);
    expect(new Set(states).size).toBe(1);
    const [state] = states;
    if (state?.kind !== "listening") throw new Error(`it is ${JSON.stringify(state)}`);
    expect(await transports.add(tcp)).toBe(state);
    const [at] = state.addresses;
    const session = await connectQuic(`https://127.0.0.1:${at?.port}/`, {
      protocols: ["moq-lite-04"],
      trust: { sha256: [keeper.current.sha256] },
    });
    await expect.poll(() => recorder.value("moq.relay.active_connections", { transport: "webtransport" })).toBe(1);
    session.close();
  });
  test("a UDP port that is taken is a reason, and the next try may have it", async () => {
    served = await serveWith(() => quicBackend());
    const first = await served.transports.add(tcp);
    if (first.kind !== "listening") throw new Error("it does not listen");
    await using second = await serveWith(() => quicBackend());
    const at = { host: "127.0.0.1", port: first.addresses[0]?.port ?? 0 };
    expect(await second.transports.add(at)).toMatchObject({ kind: "absent", reason: expect.stringContaining(String(at.port)) });
    await served.transports.close(0, "over");
    expect((await second.transports.add(at)).kind).toBe("listening");
  });
});
