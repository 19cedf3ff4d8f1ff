import { afterEach, expect, test } from "vitest";
import { LocalBroadcast } from "../model/broadcast.ts";
import { Origin } from "../model/origin.ts";
import { toPath } from "../model/path.ts";
import { FakeClock, settle } from "../testing/fake-clock.ts";
import { RawPeer } from "../testing/fixtures/raw-peer.ts";
import { closeAll, closeLater } from "../testing/fixtures/session-pair.ts";
import { memorySocketPair, memoryTransport } from "../testing/memory.ts";
import type { PeerSetup } from "./session.ts";
import { startSession } from "./start.ts";

afterEach(closeAll);

test.each(["moq-lite-05", "moql"])("a client's path reaches the server in the SETUP of %s", async (protocol) => {
  const clock = new FakeClock();
  const [near, far] = memorySocketPair();
  let told: PeerSetup | undefined;
  const onSetup = (setup: PeerSetup): void => {
    told = setup;
  };
  const server = startSession(memoryTransport("server", far, { protocol, clock }), { role: "server", clock, onSetup });
  const client = startSession(memoryTransport("client", near, { protocol, clock }), { role: "client", clock, path: "/room/a?jwt=x" });
  closeLater(server, client);
  await server.ready;
  expect(told?.path).toBe("/room/a?jwt=x");
});

test("what a peer asks for ahead of its SETUP waits for it, so that its path decides what it is shown", async () => {
  const clock = new FakeClock();
  const peer = new RawPeer({ framing: "qmux-01", protocol: "moq-lite-05", clock });
  const origin = new Origin(7n);
  const told: string[] = [];
  const session = startSession(peer.transport, {
    role: "server",
    publish: origin,
    clock,
    servesAfterSetup: true,
    onSetup: ({ path = "" }) => {
      told.push(path);
      origin.publish(toPath(path), new LocalBroadcast());
    },
  });
  closeLater(session);
  peer.hello();
  peer.stream(0, "01 02 00 00");
  await settle();
  expect(peer.received(0)).toBe("");
  // SETUP with Path `/room?jwt=x` and Role 2, as moq-lite.md §11 has it.
  peer.stream(2, "01 11 02 02 0b 2f 72 6f 6f 6d 3f 6a 77 74 3d 78 03 01 02", true);
  await settle();
  expect(told).toEqual(["/room?jwt=x"]);
  expect(peer.received(0)).not.toBe("");
});
