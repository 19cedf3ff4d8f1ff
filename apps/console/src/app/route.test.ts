import { expect, it } from "vitest";
import { hashOf, home, parseRoute, type Route } from "./route.ts";

const routes: readonly Route[] = [
  home,
  { view: "now", minutes: 15 },
  { view: "sessions" },
  { view: "session", sessionId: "a/b?c#d <img src=x> %41 ü" },
  { view: "events", level: "all", text: "" },
  { view: "events", level: "warn", text: "relay & more" },
  { view: "metrics", text: "bytes sent" },
];

it.each(routes.map((route) => [hashOf(route), route] as const))("reads %s back", (hash, route) => {
  expect(parseRoute(hash)).toEqual(route);
});

it.each(["", "#", "#/", "#/nowhere", "#/now?minutes=9", "#/../etc"])("leads home from %j", (hash) => {
  expect(parseRoute(hash)).toEqual(home);
});

it("shows the list of sessions for an address with a broken escape", () => {
  expect(parseRoute("#/sessions/%E0%A4%A")).toEqual({ view: "sessions" });
});

it("takes an unknown level as all", () => {
  expect(parseRoute("#/events?level=loud")).toEqual({ view: "events", level: "all", text: "" });
});
