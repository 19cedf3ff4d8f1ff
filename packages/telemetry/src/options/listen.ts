import { OptionError } from "./option-error.ts";

/** Where a server listens; an IPv6 host has no brackets here. Port 0 takes a free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const forms = "a port, host:port or [v6]:port";

/** Reads `port`, `host:port` or `[v6]:port`; a port alone listens on `defaultHost`. Throws `OptionError`. */
export function parseListen(text: string, defaultHost = "127.0.0.1"): ListenAddress {
  const match = /^(?:(?:\[([0-9a-fA-F:.%a-z]+)\]|([^:[\]\s/]+)):)?(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) throw new OptionError("invalid_value", `"${text}" is no listen address: ${forms}`);
  return { host: match[1] ?? match[2] ?? defaultHost, port };
}

/** The address as `parseListen` reads it. */
export function formatListen({ host, port }: ListenAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
