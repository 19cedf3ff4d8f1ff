import { lookup } from "node:dns/promises";
import { MachineClock } from "./clock.ts";
import type { LinkCounters } from "./counters.ts";
import { type Direction, directions, type Flow, Flows, type Protocol, protocols } from "./flow.ts";
import { Lane } from "./lane.ts";
import type { LinkSettings } from "./settings.ts";
import { TcpProxy } from "./tcp.ts";
import { type Endpoint, UdpProxy } from "./udp.ts";

export interface ImpairmentOptions {
  /** Where everything is passed on to. A name is looked up once. */
  readonly to: Endpoint;
  /** Where datagrams and connections are taken; one of both is needed. Where both have port 0 they share one free port. */
  readonly udp?: Endpoint;
  readonly tcp?: Endpoint;
  /** At the start, for each direction of each protocol. Default: nothing is changed. */
  readonly settings?: Partial<LinkSettings>;
  /** Of everything that is left to chance; default 1. The same traffic in the same order meets the same fate. */
  readonly seed?: number;
  /** Keeps deadlines to some 0.2 ms instead of 1.5 by napping on the event loop: for a process of its own. Default `false`. */
  readonly precise?: boolean;
}
/** What a change applies to; default all. */
export interface Where {
  readonly protocol?: Protocol;
  readonly direction?: Direction;
}
export type ImpairmentSettings = Readonly<Record<Protocol, Readonly<Record<Direction, LinkSettings>>>>;
export interface ImpairmentCounters {
  readonly udp: Readonly<Record<Direction, LinkCounters>> & {
    /** Dropped by the kernel before the proxy could see them; absent where it does not tell. They belong to no direction. */
    readonly kernelDropped?: number;
  };
  readonly tcp: Readonly<Record<Direction, LinkCounters>> & {
    readonly refused: number;
    readonly resets: number;
  };
  /** UDP client addresses and TCP connections: ever, and at this moment. */
  readonly flows: number;
  readonly openFlows: number;
}
/** One UDP client address or TCP connection, and what was done to it. */
export type FlowCounters = Readonly<Pick<Flow, "protocol" | "client" | "open">> & Readonly<Record<Direction, LinkCounters>>;

/** A network that treats its traffic as it is told, and counts what it does. */
export interface Impairment extends AsyncDisposable {
  /** Where clients find it: that of UDP, or of TCP where there is no UDP. */
  readonly port: number;
  readonly ports: Readonly<Partial<Record<Protocol, number>>>;
  readonly settings: ImpairmentSettings;
  counters(): ImpairmentCounters;
  /** The open ones, and the latest 256 that have ended. */
  flows(): readonly FlowCounters[];
  /** Applies from now on, to what is not yet on its way. Throws RangeError, and then nothing has changed. */
  set(change: Partial<LinkSettings>, where?: Where): void;
  /** Cuts every TCP connection with RST. Returns how many. */
  reset(): number;
  /** New TCP connections are reset at once, until `false`. */
  refuse(on?: boolean): void;
  /** Cuts everything and stops listening. May be called twice. */
  close(): Promise<void>;
}

/** Starts a network between clients and `to`. Throws what the system says where it cannot listen, RangeError for wrong settings. */
export async function createImpairment(options: ImpairmentOptions): Promise<Impairment> {
  if (!options.udp && !options.tcp) throw new RangeError("an impairment listens on udp, tcp or both");
  const target = { host: (await lookup(options.to.host, { order: "ipv4first" })).address, port: options.to.port };
  const flows = new Flows();
  const { seed = 1, precise = false } = options;
  const clock = (): MachineClock => new MachineClock({ precise });
  const lanes = {
    udp: new Lane("datagrams", { seed, name: "udp", clock }),
    tcp: new Lane("stream", { seed, name: "tcp", clock }),
  };
  if (options.settings) setAll(lanes, options.settings, {});
  return new Running(await listen(options, { target, lanes, flows }), lanes, flows);
}

type Lanes = Readonly<Record<Protocol, Lane>>;
interface Proxies {
  readonly udp: UdpProxy | undefined;
  readonly tcp: TcpProxy | undefined;
}
/** Ports that are free for TCP and taken for UDP are rare. */
const attempts = 20;

async function listen(
  { udp, tcp }: ImpairmentOptions,
  { target, lanes, flows }: { readonly target: Endpoint; readonly lanes: Lanes; readonly flows: Flows },
): Promise<Proxies> {
  const shared = udp?.port === 0 && tcp?.port === 0;
  for (let attempt = 1; ; attempt++) {
    const tcpProxy = tcp && (await TcpProxy.listen(tcp, { target, lane: lanes.tcp, flows }));
    try {
      const at = udp && shared && tcpProxy ? { ...udp, port: tcpProxy.port } : udp;
      return { tcp: tcpProxy, udp: at && (await UdpProxy.listen(at, { target, lane: lanes.udp, flows })) };
    } catch (error) {
      await tcpProxy?.close();
      if (!shared || attempt === attempts) throw error;
    }
  }
}

function setAll(lanes: Lanes, change: Partial<LinkSettings>, { protocol, direction }: Where): void {
  const wanted = (protocol ? [protocol] : protocols).flatMap((name) =>
    (direction ? [direction] : directions).map((way) => ({ lane: lanes[name], way })),
  );
  // The first one throws before anything has changed only if all are checked first.
  for (const { lane, way } of wanted) lane.links[way].check(change);
  for (const { lane, way } of wanted) {
    lane.links[way].set(change, lane.now());
    lane.run(way);
  }
}

class Running implements Impairment {
  readonly #proxies: Proxies;
  readonly #lanes: Lanes;
  readonly #flows: Flows;
  constructor(proxies: Proxies, lanes: Lanes, flows: Flows) {
    this.#proxies = proxies;
    this.#lanes = lanes;
    this.#flows = flows;
  }
  get ports(): Readonly<Partial<Record<Protocol, number>>> {
    const { udp, tcp } = this.#proxies;
    return { ...(udp && { udp: udp.port }), ...(tcp && { tcp: tcp.port }) };
  }
  get port(): number {
    return this.ports.udp ?? this.ports.tcp ?? 0;
  }
  get settings(): ImpairmentSettings {
    const of = ({ links }: Lane): Record<Direction, LinkSettings> => ({ up: links.up.settings, down: links.down.settings });
    return { udp: of(this.#lanes.udp), tcp: of(this.#lanes.tcp) };
  }
  counters(): ImpairmentCounters {
    const of = ({ links }: Lane): Record<Direction, LinkCounters> => ({ up: links.up.counters, down: links.down.counters });
    const { udp, tcp } = this.#proxies;
    const kernelDropped = udp?.kernelDrops;
    return {
      udp: { ...of(this.#lanes.udp), ...(kernelDropped === undefined ? {} : { kernelDropped }) },
      tcp: { ...of(this.#lanes.tcp), refused: tcp?.refused ?? 0, resets: tcp?.resets ?? 0 },
      flows: this.#flows.begun,
      openFlows: this.#flows.open,
    };
  }
  flows(): readonly FlowCounters[] {
    return this.#flows.all().map(({ protocol, client, open, up, down }) => ({ protocol, client, open, up: { ...up }, down: { ...down } }));
  }
  set(change: Partial<LinkSettings>, where: Where = {}): void {
    setAll(this.#lanes, change, where);
    if (change.blackhole !== undefined || change.queueBytes !== undefined) for (const way of directions) this.#proxies.tcp?.resume(way);
  }
  reset(): number {
    return this.#proxies.tcp?.reset() ?? 0;
  }
  refuse(on = true): void {
    this.#proxies.tcp?.refuse(on);
  }
  async close(): Promise<void> {
    for (const lane of Object.values(this.#lanes)) lane.stop();
    await Promise.all([this.#proxies.udp?.close(), this.#proxies.tcp?.close()]);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
