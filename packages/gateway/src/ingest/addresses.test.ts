import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { GatewayError } from "../error.ts";
import { TrustedProxies } from "./addresses.ts";

const from = (remoteAddress: string, headers: Readonly<Record<string, string>> = {}): IncomingMessage =>
  ({ socket: { remoteAddress }, headers }) as unknown as IncomingMessage;
const forwarded = (list: string): Readonly<Record<string, string>> => ({ "x-forwarded-for": list });
const proxies = new TrustedProxies(["10.0.0.0/8", "192.0.2.1", "2001:db8::/32"], "CF-IPCountry");

describe("the address of a viewer", () => {
  test.each([
    ["of a socket that no proxy holds", "198.51.100.7", "1.2.3.4", "198.51.100.7"],
    ["behind a proxy", "10.1.2.3", "198.51.100.7", "198.51.100.7"],
    ["behind two", "192.0.2.1", "198.51.100.7, 10.9.9.9", "198.51.100.7"],
    ["never what the viewer put in front of it", "192.0.2.1", "1.2.3.4, 198.51.100.7", "198.51.100.7"],
    ["IPv4 through an IPv6 socket", "::ffff:10.1.2.3", "::ffff:198.51.100.7", "198.51.100.7"],
    ["IPv6, with brackets and port", "2001:db8::1", "[2001:470::7]:4711", "2001:470::7"],
    ["IPv4 with port", "10.1.2.3", "198.51.100.7:4711", "198.51.100.7"],
    ["behind a proxy that says nothing: the proxy's", "10.1.2.3", "", "10.1.2.3"],
    ["behind a proxy that says nonsense: the proxy's", "10.1.2.3", "unknown", "10.1.2.3"],
  ])("%s", (_, remote, list, address) => {
    expect(proxies.addressOf(from(remote, forwarded(list)))).toBe(address);
  });
});

describe("the country of a viewer", () => {
  test.each([
    ["of a trusted proxy", "10.1.2.3", "at", "AT"],
    ["of anyone else is not heard", "198.51.100.7", "AT", undefined],
    ["that is none is not heard", "10.1.2.3", "Austria", undefined],
    ["of Tor's exits is none", "10.1.2.3", "T1", undefined],
  ])("%s", (_, remote, given, country) => {
    expect(proxies.countryOf(from(remote, { "cf-ipcountry": given }))).toBe(country);
  });
  test("without a header that was named there is none", () => {
    expect(new TrustedProxies(["10.0.0.0/8"]).countryOf(from("10.1.2.3", { "cf-ipcountry": "AT" }))).toBeUndefined();
  });
});

test.each(["proxy.example", "10.0.0.0/33", "10.0.0.0/x", "2001:db8::/129", "10.0.0.0/", ""])("%s is no proxy's address", (text) => {
  expect(() => new TrustedProxies([text])).toThrow(GatewayError);
});
