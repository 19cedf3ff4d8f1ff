/**
 * `pnpm stack`, `pnpm stack:down`, `pnpm stack:status`: the stores, relay, gateway and boards in containers, by Docker Compose. Whatever is
 * missing is told in one line with what helps.
 */
import { runStack } from "./stack/run-stack.ts";

process.exitCode = await runStack(process.argv.slice(2), {
  env: process.env,
  say: (line) => void process.stdout.write(`${line}\n`),
  complain: (text) => void process.stderr.write(text),
});
