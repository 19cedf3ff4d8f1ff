import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { publishFile } from "@moqscope/cli";
import { connect, defaultWish, readFrames, readGroups, type Session, TransportMemory, toPath } from "@moqscope/lite";
import { quicOpener } from "@moqscope/lite/node";
import { connectQuic } from "@moqscope/quic";
import { within } from "../support/within.ts";
import { boxesOf, fixturePath, mediaOf } from "./fixture.ts";
import type { QuicCell } from "./matrix.ts";
import { lines, urlOf } from "./servers.ts";

const path = "room/cli.hang";
/** For a group to come, and for programs to begin. */
const patienceMs = 20_000;
/** Between two boxes that are fed to a publisher, of which a picture has two: twice as fast as they are shown. */
const boxMs = 8;
const wish = { ...defaultWish, maxLatencyMs: 60_000 };

/** How many groups came, each of which was the same to the byte. */
export interface Moved {
  readonly groups: number;
}

/** moq-cli publishes the fixture; our client, on the newest version, compares each picture. */
export async function cliPublishes(program: string, cell: QuicCell, port: number): Promise<Moved> {
  const pictures = mediaOf(await readFile(fixturePath));
  const boxes = boxesOf(await readFile(fixturePath));
  const first = boxes.findIndex(({ type }) => type === "mdat") + 1;
  const child = start(program, cell, port, ["import", "fmp4"]);
  const said = lines(child);
  const session = await dial(port);
  try {
    for (const { whole } of boxes.slice(0, first)) child.stdin?.write(whole);
    await within(`moq-cli is announced (${said.join(" ")})`, announced(session), patienceMs);
    const broadcast = session.broadcast(toPath(path));
    const track = await within("its video track", broadcast.track(await videoName(session)), patienceMs);
    const groups = readGroups(track, wish);
    const feeding = feed(
      child,
      boxes.slice(first).map(({ whole }) => whole),
    );
    let moved = 0;
    let expected: number | undefined;
    while (expected === undefined || expected < pictures.length) {
      const { value: group } = await within(`group ${moved + 1} arrives`, groups.next(), patienceMs);
      if (!group) throw new Error(`the track ended after ${moved} groups: ${said.join("\n")}`);
      const payloads: Uint8Array[] = [];
      for await (const { payload } of readFrames(group)) payloads.push(payload);
      expected ??= group.sequence;
      // Behind the container's own header, whichever it is.
      const picture = pictures[group.sequence];
      const payload = payloads[0];
      if (!picture || !payload || payloads.length !== 1) throw new Error(`group ${group.sequence} has ${payloads.length} frames`);
      if (Buffer.compare(payload.subarray(-picture.byteLength), picture) !== 0)
        throw new Error(`group ${group.sequence} differs from picture ${group.sequence}`);
      moved++;
      expected++;
    }
    await feeding;
    return { groups: moved };
  } finally {
    session.close();
    await end(child);
  }
}

/** We publish the fixture; moq-cli saves it as fragmented MP4, and what it saved is compared. */
export async function cliSubscribes(program: string, cell: QuicCell, port: number): Promise<Moved> {
  const pictures = mediaOf(await readFile(fixturePath));
  const child = start(program, cell, port, ["export", "fmp4", "--max-age", "30s"]);
  const said = lines(child, ["stderr"]);
  const saved: Buffer[] = [];
  child.stdout?.on("data", (data: Buffer) => saved.push(data));
  try {
    // It asks for the broadcast whether or not it is there, and hears of it when it comes.
    await sleep(500);
    await publishFile({ file: fixturePath, url: urlOf("WebTransport", port), broadcast: path, connect: dialPublisher });
    await within(`moq-cli ends with the broadcast (${said.join(" ")})`, exited(child), patienceMs);
  } finally {
    await end(child);
  }
  const got = Buffer.concat(mediaOf(Buffer.concat(saved)));
  const whole = Buffer.concat(pictures);
  if (!whole.subarray(-got.byteLength).equals(got))
    throw new Error(`what moq-cli saved (${got.byteLength} bytes) is not what was published`);
  let left = got.byteLength;
  let groups = 0;
  for (let at = pictures.length - 1; at >= 0 && left > 0; at--, groups++) left -= pictures[at]?.byteLength ?? 0;
  return { groups };
}

function start(program: string, { version, binding }: QuicCell, port: number, verb: readonly string[]): ChildProcess {
  const [command = "", ...rest] = verb;
  const at = ["--connect", urlOf(binding, port), "--connect-tls-insecure", "--connect-websocket-enabled=false"];
  const args = [...at, "--connect-version", version, "--broadcast", path, command, ...rest];
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("MOQ_")));
  return spawn(program, args, { env, stdio: ["pipe", "pipe", "pipe"] });
}
async function feed(child: ChildProcess, pieces: readonly Uint8Array[]): Promise<void> {
  for (const piece of pieces) {
    child.stdin?.write(piece);
    await sleep(boxMs);
  }
  child.stdin?.end();
}
function exited(child: ChildProcess): Promise<unknown> {
  return child.exitCode === null && child.signalCode === null ? once(child, "exit") : Promise.resolve();
}
async function end(child: ChildProcess): Promise<void> {
  const ended = exited(child);
  child.kill("SIGKILL");
  await ended;
}

const opener = quicOpener({ connectQuic }, { trust: "none" });
function dial(port: number): Promise<Session> {
  return connect(urlOf("WebTransport", port), { webTransport: opener, headStartMs: patienceMs, memory: new TransportMemory() });
}
const dialPublisher: NonNullable<Parameters<typeof publishFile>[0]["connect"]> = (url, options) =>
  connect(url, { ...options, webTransport: opener, headStartMs: patienceMs, memory: new TransportMemory() });

async function announced(session: Session): Promise<void> {
  for await (const { kind, path: found } of session.announced()) if (kind === "active" && found === path) return;
}
/** From its catalog: the only video rendition. */
async function videoName(session: Session): Promise<string> {
  const track = await within("the catalog", session.broadcast(toPath(path)).track("catalog.json"), patienceMs);
  for await (const group of readGroups(track, wish))
    for await (const { payload } of readFrames(group)) {
      const { video } = JSON.parse(new TextDecoder().decode(payload)) as { readonly video?: { readonly renditions?: object } };
      const [name] = Object.keys(video?.renditions ?? {});
      if (name !== undefined) return name;
    }
  throw new Error("the catalog ended without a video rendition");
}
