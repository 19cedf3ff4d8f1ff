import { run } from "./command/run.ts";

/** The first signal ends a command in good order, the second at once. */
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => stop.abort());

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stop.signal,
});
// Nothing is left to do; a handle that a library holds open must not keep the process.
process.exit();
