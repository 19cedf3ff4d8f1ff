import { gzipSync } from "node:zlib";
import { reportHeaders } from "@moqscope/telemetry";
import { metricsProto } from "../../../../packages/gateway/src/testing/otlp-proto.ts";
import type { Account, SentReport } from "./account.ts";
import type { Reply, Request } from "./exchange.ts";
import type { Replica } from "./replica.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** Shares of the requests to which each happens, 0 to 1. */
export interface Faults {
  readonly lostRequests: number;
  readonly lostAnswers: number;
  readonly repeated: number;
  /** Under way for longer than an answer is waited for, so that a later one overtakes it. */
  readonly late: number;
  /** Answered by a proxy on the way with 502, after the gateway took it. */
  readonly proxyErrors: number;
}

/** What a session's requests look like on the wire. */
export type Encoding = "json" | "gzip" | "protobuf";

export interface Route {
  readonly time: VirtualTime;
  readonly random: () => number;
  readonly faults: () => Faults;
  /** Where the balancer sends the session at this moment. */
  readonly replica: () => Replica;
  readonly encoding: Encoding;
  readonly userAgent: string;
  readonly account: Account;
  /** Told of what reached a gateway, for other pipelines beside it. */
  readonly onBody?: (body: string) => void;
}

interface Attempt {
  readonly replica: Replica;
  readonly reply: Reply | undefined;
}

/** The `fetch` of one run of a client: a network that loses, repeats, delays and reorders between it and the gateways. */
export function networkOf(route: Route): typeof fetch {
  return (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const text = typeof init?.body === "string" ? init.body : "";
    return new Passage(route, url.pathname, { text, init: init ?? {} }).answer;
  };
}

const sequenceForm = /"moq\.report\.sequence","value":\{"intValue":"(\d+)"/;

class Passage {
  readonly answer: Promise<Response>;
  readonly #route: Route;
  readonly #report: SentReport | undefined;
  readonly #request: Request;
  #isOver = false;
  #resolve: (response: Response) => void = () => {};
  #reject: (reason: unknown) => void = () => {};

  constructor(route: Route, path: string, { text, init }: { text: string; init: RequestInit }) {
    this.#route = route;
    const sequence = path === "/v1/metrics" ? Number(sequenceForm.exec(text)?.[1]) : undefined;
    this.#request = requestOf({ path, text, init }, route);
    const isAddressed = this.#request.headers[reportHeaders.gateway] !== undefined;
    this.#report = sequence === undefined ? undefined : route.account.leaves(sequence, isAddressed);
    if (this.#report !== undefined) route.onBody?.(text);
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    init.signal?.addEventListener("abort", () => this.#fail());
    this.#travel();
  }

  #travel(): void {
    const { time, random, faults } = this.#route;
    const { lostRequests, lostAnswers, repeated, late, proxyErrors } = faults();
    const [toss, back] = [random(), random()];
    const isRepeated = random() < repeated;
    if (toss < lostRequests) return;
    const delayMs = toss < lostRequests + late ? 8_000 + 12_000 * random() : 10 + 290 * random();
    time.at(time.now() + delayMs, async () => {
      const { replica, reply } = await this.#arrive(this.#route.replica());
      if (isRepeated) time.at(time.now() + 60_000 * random() ** 3, () => this.#arrive(replica));
      if (back < lostAnswers) return;
      const isBadGateway = back < lostAnswers + proxyErrors;
      time.at(time.now() + 10 + 140 * random(), () => {
        if (reply === undefined) this.#fail();
        else if (isBadGateway) this.#settle({ status: 502, header: () => undefined, text: "" });
        else this.#settle(reply);
      });
    });
  }

  async #arrive(replica: Replica): Promise<Attempt> {
    const { process } = replica;
    // no process: the connection is refused
    if (process === undefined) return { replica, reply: undefined };
    const reply = await replica.take(this.#request);
    const isTaken = reply.status === 200 && reply.header(reportHeaders.resync) === undefined;
    if (this.#report !== undefined && isTaken) this.#route.account.taken(this.#report, process);
    return { replica, reply };
  }

  #fail(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#report !== undefined) this.#route.account.isLost(this.#report);
    this.#reject(new TypeError("fetch failed"));
  }

  #settle(reply: Reply): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#report !== undefined) this.#tell(this.#report, reply);
    const headers = { get: (name: string) => reply.header(name) ?? null };
    const response = { status: reply.status, headers, text: () => Promise.resolve(reply.text) };
    this.#resolve(response as unknown as Response);
  }

  #tell(report: SentReport, reply: Reply): void {
    const { account } = this.#route;
    // an answer that no gateway gave says nothing of what became of the report
    if (reply.header(reportHeaders.gateway) === undefined) account.isLost(report);
    else if (reply.status !== 200) account.isAnswered(report, "refused");
    else account.isAnswered(report, reply.header(reportHeaders.resync) === "1" ? "resync" : "taken");
  }
}

function requestOf({ path, text, init }: { path: string; text: string; init: RequestInit }, { encoding, userAgent }: Route): Request {
  const headers = { "user-agent": userAgent, ...(init.headers as Record<string, string> | undefined) };
  const plain = { method: init.method ?? "GET", path, headers };
  if (text === "" || encoding === "json") return { ...plain, body: Buffer.from(text) };
  if (encoding === "gzip") return { ...plain, headers: { ...headers, "content-encoding": "gzip" }, body: gzipSync(text) };
  return { ...plain, headers: { ...headers, "content-type": "application/x-protobuf" }, body: metricsProto(text) };
}
