import { expect, test } from "vitest";
import { TrustedProxies } from "./client-address.ts";

const proxies = new TrustedProxies(["10.0.0.0/8", "2001:db8:ff::/48"]);
const peer = { host: "::ffff:10.0.0.1", port: 4000 };

test.each([
  [{ "x-forwarded-for": "192.0.2.7" }, "192.0.2.7", 0],
  [{ "x-forwarded-for": "203.0.113.9, 192.0.2.7, 10.1.1.1" }, "192.0.2.7", 0],
  [{ "x-forwarded-for": "192.0.2.7:5000" }, "192.0.2.7", 5000],
  [{ "x-forwarded-for": "[2001:db8::7]:5000" }, "2001:db8::7", 5000],
  [{ "x-forwarded-for": "2001:db8::7" }, "2001:db8::7", 0],
  [{ forwarded: "for=192.0.2.7;proto=https;by=10.0.0.1" }, "192.0.2.7", 0],
  [{ forwarded: 'proto=https; For="[2001:db8::7]:4711", for=10.2.2.2' }, "2001:db8::7", 4711],
  [{ forwarded: "for=192.0.2.7", "x-forwarded-for": "203.0.113.9" }, "192.0.2.7", 0],
  [{ forwarded: "for=unknown" }, "::ffff:10.0.0.1", 4000],
  [{ forwarded: "for=192.0.2.7, for=_hidden" }, "::ffff:10.0.0.1", 4000],
  [{ "x-forwarded-for": "nonsense" }, "::ffff:10.0.0.1", 4000],
  [{ "x-forwarded-for": Array.from({ length: 40 }, () => "10.0.0.2").join(",") }, "10.0.0.2", 0],
  [{}, "::ffff:10.0.0.1", 4000],
])("a trusted proxy says %j", (headers, host, port) => {
  expect(proxies.clientOf(peer, headers)).toEqual({ host, port });
  expect(proxies.isSpoof(peer, headers)).toBe(false);
});

test("whoever is not trusted is where its connection comes from, and is noticed when it says otherwise", () => {
  const stranger = { host: "192.0.2.99", port: 1 };
  expect(proxies.clientOf(stranger, { "x-forwarded-for": "10.0.0.1" })).toBe(stranger);
  expect(proxies.isSpoof(stranger, { "x-forwarded-for": "10.0.0.1" })).toBe(true);
  expect(proxies.isSpoof(stranger, { forwarded: "for=10.0.0.1" })).toBe(true);
  expect(proxies.isSpoof(stranger, {})).toBe(false);
  expect(new TrustedProxies([]).isSpoof(stranger, { forwarded: "for=10.0.0.1" })).toBe(false);
});

test("what is no address is named", () => {
  expect(() => new TrustedProxies(["10.0.0.0/33"])).toThrow("10.0.0.0/33 is no address and no network");
});
