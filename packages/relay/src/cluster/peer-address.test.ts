import { expect, test } from "vitest";
import { parsePeer, peerAt } from "./peer-address.ts";

test.each([
  ["https://A.example:443/", "https://a.example", "a.example", "https://a.example/"],
  ["a.example", "https://a.example", "a.example", "https://a.example/"],
  ["a.example:4443", "https://a.example:4443", "a.example:4443", "https://a.example:4443/"],
  ["wss://a.example:4443", "https://a.example:4443", "a.example:4443", "wss://a.example:4443/"],
  ["moqt://a.example:4443/", "https://a.example:4443", "a.example:4443", "moqt://a.example:4443/"],
  ["http://127.0.0.1:4443/eu/", "http://127.0.0.1:4443/eu", "127.0.0.1:4443", "http://127.0.0.1:4443/eu/"],
  ["ws://[::1]:80/", "http://[::1]", "[::1]", "ws://[::1]/"],
])("%s is %s, called %s", (text, identity, name, url) => {
  expect(parsePeer(text)).toEqual({ identity, name, url, cost: 1 });
});
test("the cost is taken out of the query, the rest is sent", () => {
  expect(parsePeer("https://a.example/?cost=3&jwt=x.y.z")).toMatchObject({ cost: 3, url: "https://a.example/?jwt=x.y.z" });
});
test.each([
  ["ftp://a.example/?jwt=secret", '"ftp://a.example/" is no peer'],
  ["https://?jwt=secret", "is no peer"],
  ["https://a.example/?cost=0&jwt=secret", 'the cost of https://a.example/ is "0"'],
  ["https://a.example/?cost=2.5", 'is "2.5"; it is a whole number from 1 to 16'],
  ["https://a.example/?cost=17", 'is "17"'],
])("%s is refused, and no token is told", (text, message) => {
  expect(() => parsePeer(text)).toThrow(
    expect.objectContaining({ code: "cluster_invalid", message: expect.stringContaining(message) as string }),
  );
  expect(() => parsePeer(text)).toThrow(expect.objectContaining({ message: expect.not.stringContaining("secret") as string }));
});
test("a peer of a name that stands for several is told apart by its address", () => {
  const peer = parsePeer("https://relays.internal:4443/?cost=2");
  expect(peerAt(peer, "10.0.0.3")).toMatchObject({
    identity: "https://10.0.0.3:4443",
    name: "10.0.0.3:4443",
    address: "10.0.0.3",
    cost: 2,
  });
  expect(peerAt(peer, "fd00::3")).toMatchObject({ identity: "https://[fd00::3]:4443", url: "https://relays.internal:4443/" });
});
