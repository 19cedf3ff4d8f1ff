/**
 * `pnpm dev`: starts gateway, relay, a live broadcast and the demo pages from their sources, prints one block with the addresses,
 * then one line per change of state, until Ctrl-C ends every process. A missing QUIC addon is built meanwhile.
 */
import { OptionError } from "../packages/telemetry/src/options/index.ts";
import { isAlive, packageManagerAncestors } from "./dev/ancestors.ts";
import { readyBlock } from "./dev/block.ts";
import { buildConsole } from "./dev/console-build.ts";
import { humanLine, paintFor } from "./dev/log-line.ts";
import { type DevOptions, portOptions, readOptions } from "./dev/options.ts";
import { checkPorts } from "./dev/ports.ts";
import { addresses, programs } from "./dev/programs.ts";
import { addWebTransport, QuicBuild } from "./dev/quic-build.ts";
import { DevSession } from "./dev/session.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`${line}\n`);

process.exitCode = await main();
// What a library of ours still holds open must not keep a `dev` alive whose processes are gone.
process.exit();

async function main(): Promise<number> {
  const options = read();
  if (options === undefined) return 2;
  if (options.kind === "help") say(options.text);
  if (options.kind === "version") say("moqscope dev runs from sources; the packages have versions of their own");
  if (options.kind !== "run") return 0;
  const { json, quic, ...wanted } = options.values;
  const paint = paintFor(process.stdout, process.env);
  const done = Promise.withResolvers<number>();
  const cut = new AbortController();
  let ready = false;
  let webTransport = false;
  let build: QuicBuild | undefined;

  const session = new DevSession({
    line(name, raw, line) {
      if (line.kind === "record" && line.event === "moq.webtransport") webTransport = line.fields["state"] === "listening";
      if (json) say(line.kind === "record" ? raw : JSON.stringify({ event: "moqscope.dev.text", process: name, text: line.text }));
      else if (ready && !session.stopping) tell(humanLine(name, line, paint));
    },
    ended(name, how) {
      complain(`${name} ${how}${session.running > 0 ? "; the rest goes on, Ctrl-C ends it" : ""}`);
      if (session.running === 0) done.resolve(1);
    },
  });
  const tell = (line: string | undefined): void => {
    if (line !== undefined) say(line);
  };
  const tellQuic = (text: string): void => {
    if (!session.stopping) say(json ? JSON.stringify({ event: "moqscope.dev.quic", text }) : text);
  };
  endWith((code) => {
    cut.abort();
    done.resolve(code);
  });

  try {
    const ports = await checkPorts(portOptions, wanted);
    const at = addresses(ports);
    const { gateway, relay, pub, demo } = programs(ports, quic);
    await Promise.race([done.promise, start()]);

    async function start(): Promise<void> {
      await buildConsole(json ? complain : say, cut.signal);
      await session.start(gateway);
      await session.start(relay);
      await Promise.all([session.start(pub), session.start(demo, at.watch)]);
      const seconds = performance.now() / 1000;
      ready = true;
      say(json ? JSON.stringify({ event: "moqscope.dev.ready", seconds, ...at }) : readyBlock(at, { seconds, webTransport }, paint));
      if (quic) build = new QuicBuild({ say: (text) => tellQuic(text), serve: () => addWebTransport(at.admin), env: process.env });
      void build?.run(); // Never rejects.
    }
    return await done.promise;
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    await build?.stop();
    await session.stop();
  }
}

function read(): DevOptions | undefined {
  try {
    return readOptions(process.argv.slice(2), process.env);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    complain(error.message);
    return undefined;
  }
}

/** Everything that ends `dev`: signals, a closed terminal or pipe, a fault of its own, the end of the pnpm that started it. */
function endWith(end: (code: number) => void): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => end(0));
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => end(0));
  process.on("uncaughtException", (error) => {
    complain(error.stack ?? error.message);
    end(1);
  });
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const ancestors = packageManagerAncestors();
  setInterval(() => {
    if (!ancestors.every(isAlive)) end(0);
  }, 500).unref();
}
