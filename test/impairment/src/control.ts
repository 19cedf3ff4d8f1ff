import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Direction, directions, type Protocol, protocols } from "./flow.ts";
import type { Impairment } from "./impairment.ts";
import type { LinkSettings } from "./settings.ts";
import type { Endpoint } from "./udp.ts";

/** Longest body that is read. */
const maxBodyBytes = 16 * 1024;
const loopbackNames = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** A request that cannot be answered as it is. */
class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Control of a running impairment by HTTP: `GET /` tells addresses, settings, counters and flows; `POST /settings` takes
 * `{ protocol?, direction?, …settings }`, `POST /reset` cuts TCP, `POST /refuse` takes `{ on }`. Only JSON that is asked for under a
 * loopback name is taken, so that no page in a browser can change it unseen.
 */
export class Control {
  readonly port: number;
  readonly #server: Server;
  private constructor(server: Server) {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the control endpoint has no port");
    this.port = address.port;
    this.#server = server;
  }
  static async listen(at: Endpoint, impairment: Impairment): Promise<Control> {
    const server = createServer((request, response) => void answer(impairment, request, response));
    server.listen(at.port, at.host);
    await once(server, "listening");
    return new Control(server);
  }
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function answer(impairment: Impairment, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const send = (status: number, body: unknown): void => {
    response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
    response.end(`${JSON.stringify(body)}\n`);
  };
  try {
    send(200, await act(impairment, request));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    send(error instanceof Refusal ? error.status : error instanceof RangeError ? 400 : 500, { error: message });
  }
}

async function act(impairment: Impairment, request: IncomingMessage): Promise<unknown> {
  const name = (request.headers.host ?? "").replace(/:\d+$/, "");
  if (!loopbackNames.has(name)) throw new Refusal(403, `"${name}" is no name of this machine's loopback`);
  const what = `${request.method} ${request.url?.split("?")[0]}`;
  switch (what) {
    case "GET /":
      return { ports: impairment.ports, settings: impairment.settings, counters: impairment.counters(), flows: impairment.flows() };
    case "GET /counters":
      return impairment.counters();
    case "POST /settings":
      setFrom(impairment, await body(request));
      return { settings: impairment.settings };
    case "POST /reset":
      await body(request);
      return { reset: impairment.reset() };
    case "POST /refuse": {
      const { on = true } = await body(request);
      if (typeof on !== "boolean") throw new Refusal(400, "on is neither true nor false");
      impairment.refuse(on);
      return { refuse: on };
    }
    default:
      throw new Refusal(404, `there is no ${what}; there are GET /, GET /counters, POST /settings, POST /reset and POST /refuse`);
  }
}

function setFrom(impairment: Impairment, { protocol, direction, ...change }: Readonly<Record<string, unknown>>): void {
  impairment.set(change as Partial<LinkSettings>, {
    ...(protocol === undefined ? {} : { protocol: oneOf<Protocol>("protocol", protocol, protocols) }),
    ...(direction === undefined ? {} : { direction: oneOf<Direction>("direction", direction, directions) }),
  });
}
function oneOf<T extends string>(name: string, value: unknown, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (!found) throw new Refusal(400, `${name} is ${JSON.stringify(value)}, which is none of ${known.join(", ")}`);
  return found;
}

async function body(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  if (!/^application\/json\b/.test(request.headers["content-type"] ?? ""))
    throw new Refusal(415, "the content type is not application/json");
  let text = "";
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > maxBodyBytes) throw new Refusal(413, `the body is longer than ${maxBodyBytes} bytes`);
  }
  try {
    const value: unknown = JSON.parse(text === "" ? "{}" : text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below, as for JSON of another kind.
  }
  throw new Refusal(400, "the body is no JSON object");
}
