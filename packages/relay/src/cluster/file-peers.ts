import { readFile } from "node:fs/promises";
import type { Clock } from "@moqscope/lite";
import { RelayError, RelayErrorCode } from "../error.ts";
import { Followed } from "./followed.ts";
import { type PeerAddress, parsePeer } from "./peer-address.ts";
import type { PeerSource } from "./peer-source.ts";

const everyMs = 2_000;

/** Peers from a file: a JSON array of URLs, read again every 2 s. One wrong entry refuses the list as a whole. */
export function filePeers(path: string, clock: Clock): PeerSource {
  return new Followed("file", { clock, everyMs, strictAtStart: true, read: () => readPeers(path) });
}

async function readPeers(path: string): Promise<readonly PeerAddress[]> {
  try {
    const list: unknown = JSON.parse(await readFile(path, "utf8"));
    if (!Array.isArray(list)) throw new Error("it is no JSON array of URLs");
    return list.map((entry: unknown) => {
      if (typeof entry !== "string") throw new Error(`${JSON.stringify(entry)} in it is no URL`);
      return parsePeer(entry);
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RelayError(RelayErrorCode.clusterInvalid, `the list of peers ${path} cannot be used: ${why}`, { cause });
  }
}
