/** Where the page's player finds its broadcast and sends its figures. */
export interface Settings {
  readonly url: string;
  readonly name: string;
  /** Empty: nothing is sent. */
  readonly telemetry: string;
  readonly console: string;
  readonly rendition: string;
  readonly latency: string;
  /** `?muted` starts without sound. */
  readonly muted: boolean;
}

/** The page's parameters over the defaults it was built or started with. */
export function readSettings(search: string, defaults: Omit<Settings, "rendition" | "latency" | "muted">): Settings {
  const given = new URLSearchParams(search);
  const pick = (key: Exclude<keyof Settings, "muted">, otherwise: string) => given.get(key) ?? otherwise;
  return {
    url: pick("url", defaults.url),
    name: pick("name", defaults.name),
    telemetry: pick("telemetry", defaults.telemetry),
    console: pick("console", defaults.console),
    rendition: pick("rendition", ""),
    latency: pick("latency", ""),
    muted: given.has("muted") && given.get("muted") !== "false",
  };
}
