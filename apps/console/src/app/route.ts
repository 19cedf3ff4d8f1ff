/** What the address asks for, after `#/`. Filters live there too, so that a view can be shared as a link. */
export type Route =
  | { readonly view: "now"; readonly minutes: Range }
  | { readonly view: "sessions" }
  | { readonly view: "session"; readonly sessionId: string }
  | { readonly view: "events"; readonly level: LevelFilter; readonly text: string }
  | { readonly view: "metrics"; readonly text: string };

export const ranges = [5, 15] as const;
/** Minutes that the graphs look back. */
export type Range = (typeof ranges)[number];
export const levelFilters = ["all", "info", "warn", "error"] as const;
/** The least severe level shown. */
export type LevelFilter = (typeof levelFilters)[number];

export const home: Route = { view: "now", minutes: 5 };

/** Reads a location hash. Whatever it does not know leads home. */
export function parseRoute(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#?\/?/, "").split("?", 2);
  const query = new URLSearchParams(search);
  const [view = "", argument = ""] = path.split("/", 2);
  switch (view) {
    case "sessions": {
      const sessionId = decoded(argument);
      return sessionId === "" ? { view: "sessions" } : { view: "session", sessionId };
    }
    case "events":
      return { view: "events", level: levelFilters.find((level) => level === query.get("level")) ?? "all", text: query.get("q") ?? "" };
    case "metrics":
      return { view: "metrics", text: query.get("q") ?? "" };
    default:
      return { view: "now", minutes: query.get("minutes") === "15" ? 15 : 5 };
  }
}

/** The hash of a route: what `parseRoute` reads back. */
export function hashOf(route: Route): string {
  switch (route.view) {
    case "now":
      return route.minutes === 5 ? "#/now" : `#/now?minutes=${route.minutes}`;
    case "sessions":
      return "#/sessions";
    case "session":
      return `#/sessions/${encodeURIComponent(route.sessionId)}`;
    case "events":
      return `#/events${search({ level: route.level === "all" ? "" : route.level, q: route.text })}`;
    case "metrics":
      return `#/metrics${search({ q: route.text })}`;
  }
}

function search(values: Readonly<Record<string, string>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== "");
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A broken escape names no session; the list of sessions is shown instead.
    return "";
  }
}
