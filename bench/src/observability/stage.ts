import { Child } from "../lite/child.ts";
import type { Load } from "../lite/run.ts";
import type { FromClient, FromRelay, ToClient } from "../quic/messages.ts";
import type { Contestant } from "./messages.ts";

/** Viewers who come, see a frame and leave again while a turn is written: sessions, subscriptions and records of them are part of the load. */
export const visitors = 5;

export type Client = Child<ToClient, FromClient>;
export function client(): Client {
  return new Child(new URL("../quic/client.ts", import.meta.url).href, []);
}

/** A relay that runs: on this Node, or under what is given ahead of it. */
export interface Relay {
  readonly url: string;
  readonly pid: number;
  readonly close: () => Promise<void>;
}
export async function startRelay(contestant: Contestant, endpoint: string, under: readonly string[] = []): Promise<Relay> {
  const child = new Child<never, FromRelay>(new URL("./relay.ts", import.meta.url).href, [contestant, endpoint], under);
  const { port, pid } = await child.answer("listening");
  return { url: `http://127.0.0.1:${port}/`, pid, close: () => child.close() };
}

export interface Clients {
  readonly publisher: Client;
  readonly subscribers: Client;
  readonly visitor: Client;
}
export function startClients(): Clients {
  return { publisher: client(), subscribers: client(), visitor: client() };
}
export async function closeClients({ publisher, subscribers, visitor }: Clients): Promise<void> {
  await Promise.all([publisher, subscribers, visitor].map((each) => each.close()));
}
/** Lets one publish at the relay, and as many as the load says watch. */
export async function attend({ publisher, subscribers }: Clients, at: Contestant, url: string, load: Load): Promise<void> {
  publisher.tell({ kind: "publish", at, url });
  await publisher.answer("published");
  subscribers.tell({ kind: "subscribe", at, url, count: load.subscribers });
  await subscribers.answer("subscribed");
}

export interface Turn extends Load {
  readonly at: Contestant;
  readonly url: string;
  readonly seconds: number;
}
/** Writes for so long, while visitors come and go; gives what the subscribers say of it, and how much was offered. */
export async function write({ publisher, subscribers, visitor }: Clients, turn: Turn): Promise<Extract<FromClient, { kind: "received" }>> {
  const { at, url, seconds, framesPerSecond } = turn;
  subscribers.tell({ kind: "begin", at });
  await subscribers.answer("begun");
  visitor.tell({ kind: "visit", at, url, count: visitors });
  publisher.tell({ kind: "write", at, framesPerSecond, seconds });
  const { frames } = await publisher.answer("wrote");
  subscribers.tell({ kind: "expect", frames: frames * turn.subscribers });
  const received = await subscribers.answer("received");
  await visitor.answer("visited");
  return received;
}
