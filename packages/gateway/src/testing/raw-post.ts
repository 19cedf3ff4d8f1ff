import { Agent, request } from "node:http";

export interface RawPost {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}
export interface RawAnswer {
  readonly status: number;
  /** Head and body as one text. */
  readonly text: string;
}

/** Posts bytes as they are, over connections that are kept. */
export class RawClient {
  readonly #base: string;
  readonly #agent: Agent = new Agent({ keepAlive: true, maxSockets: 16 });

  constructor(base: string) {
    this.#base = base;
  }

  send({ path, headers, body }: RawPost): Promise<RawAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
    const outgoing = request(`${this.#base}${path}`, { method: "POST", agent: this.#agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => void chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = `${JSON.stringify(response.headers)}\n${Buffer.concat(chunks).toString("latin1")}`;
        resolve({ status: response.statusCode ?? 0, text });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
    return promise;
  }

  close(): void {
    this.#agent.destroy();
  }
}
