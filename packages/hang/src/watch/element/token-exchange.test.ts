import { expect, test } from "vitest";
import { tokenExchangeOf } from "./token-exchange.ts";

test.each([
  ["https://relay.example/demo?jwt=abc", "me", false, { broadcast: "demo/me", jwt: "abc" }],
  ["https://relay.example/?jwt=&jwt=a&jwt=b&jwt=", "/demo/me/", false, { broadcast: "demo/me", jwt: "b" }],
  ["https://relay.example/a%20b/", "c", true, { broadcast: "a b/c" }],
  ["https://relay.example", "demo/me", true, { broadcast: "demo/me" }],
  ["https://relay.example/demo", "me", false, undefined],
  ["nonsense", "me", true, undefined],
] as const)("of %s and %s, wanted %s", (url, name, isWanted, exchange) => {
  expect(tokenExchangeOf(url, name, isWanted)).toEqual(exchange);
});
