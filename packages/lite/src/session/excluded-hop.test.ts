import { afterEach, expect, test } from "vitest";
import { Origin } from "../model/origin.ts";
import { Track } from "../model/track.ts";
import { FakeClock, settle } from "../testing/fake-clock.ts";
import { closeAll, path, sessionsBetween } from "../testing/fixtures/session-pair.ts";
import { Version } from "../wire/version.ts";

afterEach(closeAll);

/** What a peer with hop id 2 gets when it asks by name for a broadcast with these routes. */
async function asked(protocol: string, routes: readonly (readonly bigint[])[]): Promise<string> {
  const clock = new FakeClock();
  const [relay, peer] = [new Origin(1n, { clock }), new Origin(2n, { clock })];
  routes.forEach((hops, index) => {
    const track = new Track({ name: "video", clock });
    track.createGroup(index).finish();
    relay.publish(path, { track: () => Promise.resolve(track) }, { hops });
  });
  const { client } = sessionsBetween({ server: relay, client: peer }, { clock, protocol });
  // 04 has no SETUP: who a peer is it says by what it does not want to hear of.
  void (async () => {
    for await (const _ of client.announced());
  })();
  await settle();
  const outcome: string[] = [];
  client
    .broadcast(path)
    .track("video")
    .then(
      (track) =>
        track.attach({
          group: ({ sequence }) => void outcome.push(`group ${sequence}`),
          dropped() {},
          ended() {},
          aborted: ({ code }) => void outcome.push(code),
        }),
      ({ code }: { readonly code: string }) => void outcome.push(code),
    );
  for (let turn = 0; turn < 5; turn++) await settle();
  return outcome.join();
}

test.each([Version.lite05, Version.lite04])("on %s a SUBSCRIBE is never served by a way through the peer that asks", async (protocol) => {
  expect(await asked(protocol, [[9n], [9n, 2n]])).toBe("group 0");
  expect(
    await asked(protocol, [
      [9n, 2n],
      [9n, 5n, 6n],
    ]),
  ).toBe("group 1");
  expect(await asked(protocol, [[9n, 2n]])).toBe("not_found");
});
