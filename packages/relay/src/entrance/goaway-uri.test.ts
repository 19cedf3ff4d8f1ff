import { expect, test } from "vitest";
import { readEntry } from "./entry.ts";
import { goawayUri } from "./goaway-uri.ts";

test.each([
  ["https://b.example", "/room/a?jwt=t", "https://b.example/room/a?jwt=t"],
  ["https://b.example/", "/room/a", "https://b.example/room/a"],
  [
    "https://b.example:4443/eu/",
    "/?jwt=t&traceparent=00-0123456789abcdef0123456789abcdef-0123456789abcdef-01",
    "https://b.example:4443/eu/?jwt=t",
  ],
  ["https://b.example", "/a%20b/%C3%BC?traceparent=x", "https://b.example/a%20b/%C3%BC"],
  ["https://b.example", `/${"x".repeat(9000)}`, "https://b.example"],
  [undefined, "/room", ""],
])("of %s and %s", (base, target, uri) => {
  expect(goawayUri(base, readEntry(target))).toBe(uri);
});
test("of a session that has not told its path is the address alone", () => {
  expect(goawayUri("https://b.example", undefined)).toBe("https://b.example/");
});
