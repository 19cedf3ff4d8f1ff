import { Child } from "../lite/child.ts";
import type { Content, FromClient, FromRelay, Recorded, ToClient } from "../quic/messages.ts";

/** In the order of the report. */
export const contestants = ["silent", "everything"] as const satisfies readonly Recorded[];

/** Subscribers of the publisher's own process, whose frames are timed from ingest byte to egress byte. */
export const timed = 4;

type Client = Child<ToClient, FromClient>;
function client(): Client {
  return new Child(new URL("../quic/client.ts", import.meta.url).href, []);
}

/** A relay that runs: on this Node, or under what is given ahead of it. */
export interface Relay {
  readonly url: string;
  readonly pid: number;
  readonly close: () => Promise<void>;
}
export async function startRelay(recorded: Recorded, endpoint: string, under: readonly string[] = []): Promise<Relay> {
  const child = new Child<never, FromRelay>(new URL("./relay.ts", import.meta.url).href, [recorded, endpoint], under);
  const { port, pid } = await child.answer("listening");
  return { url: `http://127.0.0.1:${port}/`, pid, close: () => child.close() };
}

export interface Clients {
  /** Publishes, and reads where it is timed. */
  readonly wire: Client;
  readonly crowd: Client;
  readonly visitor: Client;
}
export function startClients(): Clients {
  return { wire: client(), crowd: client(), visitor: client() };
}
export async function closeClients({ wire, crowd, visitor }: Clients): Promise<void> {
  await Promise.all([wire, crowd, visitor].map((each) => each.close()));
}

export interface Watched {
  readonly at: Recorded;
  readonly url: string;
  readonly subscribers: number;
}
/** Lets one publish at the relay, and so many watch. */
export async function attend({ wire, crowd }: Clients, { at, url, subscribers }: Watched): Promise<void> {
  wire.tell({ kind: "publish", at, url });
  await wire.answer("published");
  wire.tell({ kind: "subscribe", at, url, count: timed, wire: true });
  await wire.answer("subscribed");
  crowd.tell({ kind: "subscribe", at, url, count: subscribers - timed });
  await crowd.answer("subscribed");
}

export interface Turn extends Watched {
  readonly content: Content;
  readonly seconds: number;
  /** Viewers who come, see a frame and leave again meanwhile: sessions, subscriptions and records of them are part of the load. */
  readonly visitors: number;
}
/** Writes for so long, while visitors come and go; gives how many frames arrived, and the timed ones' ways through the relay. */
export async function write({ wire, crowd, visitor }: Clients, turn: Turn): Promise<{ frames: number; forwardMs: readonly number[] }> {
  const { at, url, seconds, content, subscribers, visitors } = turn;
  for (const each of [wire, crowd]) {
    each.tell({ kind: "begin", at });
    await each.answer("begun");
  }
  visitor.tell({ kind: "join", at, url, count: visitors });
  wire.tell({ kind: "write", at, seconds, content });
  const { frames } = await wire.answer("wrote");
  crowd.tell({ kind: "expect", frames: frames * (subscribers - timed) });
  wire.tell({ kind: "expect", frames: frames * timed });
  const [others, few] = [await crowd.answer("received"), await wire.answer("received")];
  await visitor.answer("joined");
  return { frames: others.frames + few.frames, forwardMs: few.forwardMs };
}
