import { monitorEventLoopDelay } from "node:perf_hooks";
import { nowNs } from "./content.ts";
import type { Entrant, FromServer, ToServer } from "./messages.ts";
import { serveNet } from "./servers/net.ts";
import { serveNobody } from "./servers/nobody.ts";
import { serveOurs } from "./servers/ours.ts";
import { serveRaw } from "./servers/raw.ts";
import type { Source } from "./servers/source.ts";

/** The process that is measured: one server, which writes when it is told and says what that cost. */
const serve: Record<Entrant, () => Promise<Source>> = { ours: serveOurs, raw: serveRaw, net: serveNet, nobody: serveNobody };
/** The monitor tells its own period too. */
const resolutionMs = 5;
/** Frames written late in one tick at most: a server that is late must not be answered with a flood. */
const mostAtOnce = 16;

const tell = (message: FromServer): void => void process.send?.(message);
const source = await serve[process.argv[2] as Entrant]();
const delay = monitorEventLoopDelay({ resolution: resolutionMs });
let before = process.cpuUsage();

/** Writes on time; what is due together leaves together. */
function write(framesPerSecond: number, seconds: number): void {
  const startNs = nowNs();
  const total = Math.round(framesPerSecond * seconds);
  let done = 0;
  const step = (): void => {
    const elapsed = (nowNs() - startNs) / 1e9;
    const due = Math.min(total - done, Math.floor(elapsed * framesPerSecond) + 1 - done, mostAtOnce);
    if (due > 0) source.write(due);
    done += Math.max(0, due);
    if (done >= total || elapsed > 2 * seconds) return tell({ kind: "wrote", frames: done });
    setTimeout(step, Math.max(1, (done / framesPerSecond - elapsed) * 1000));
  };
  step();
}

process.on("message", (message: ToServer) => {
  switch (message.kind) {
    case "write":
      delay.reset();
      delay.enable();
      before = process.cpuUsage();
      return write(message.framesPerSecond, message.seconds);
    case "cost": {
      const { user, system } = process.cpuUsage(before);
      delay.disable();
      const loopDelayP99Ms = Math.max(0, delay.percentile(99) / 1e6 - resolutionMs);
      return tell({ kind: "cost", cpuSeconds: (user + system) / 1e6, loopDelayP99Ms });
    }
  }
});
process.on("disconnect", () => process.exit(0));
tell({ kind: "listening", port: source.port });
