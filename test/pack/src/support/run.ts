import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder of the repository. */
export const root: string = fileURLToPath(new URL("../../../..", import.meta.url)).replace(/[\\/]$/, "");

export interface RunOptions {
  readonly cwd: string;
  readonly timeoutMs: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** What a process wrote to stdout; rejects with everything that it wrote when it fails or takes longer than the limit. */
export function run(command: string, args: readonly string[], { cwd, timeoutMs, env }: RunOptions): Promise<string> {
  const options = {
    cwd,
    env: { ...cleanEnvironment(), ...env },
    timeout: timeoutMs,
    killSignal: "SIGKILL",
    maxBuffer: 64 * 1024 * 1024,
  } as const;
  return new Promise((resolve, reject) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const how = error.killed === true ? `took longer than ${timeoutMs} ms` : `failed (${error.code ?? error.signal})`;
      reject(new Error(`${[command, ...args].join(" ")} ${how}\n${stdout}\n${stderr}`));
    });
  });
}

/** pnpm of the version that the repository names: the one that runs us, else by way of npx. */
export function pnpm(args: readonly string[], options: RunOptions): Promise<string> {
  const current = process.env["npm_execpath"] ?? "";
  if (/pnpm\.c?js$/.test(current)) return run(process.execPath, [current, ...args], options);
  const { packageManager } = JSON.parse(readFileSync(`${root}/package.json`, "utf8")) as { packageManager: string };
  return run("npx", ["-y", packageManager, ...args], options);
}

/** npm installs as it would for a stranger, without what pnpm and vitest say to their children. */
export function npmInstall(folder: string, packages: readonly string[] = []): Promise<string> {
  const quiet = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  return run("npm", ["install", ...quiet, ...packages], { cwd: folder, timeoutMs: 180_000 });
}

function cleanEnvironment(): NodeJS.ProcessEnv {
  const keep = /^npm_config_(registry|userconfig|cache|cafile|https?_proxy)$/i;
  const drop = /^(npm_|pnpm_|vitest|node_options$|node_path$|node_env$|moqscope_|otel_)/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => keep.test(name) || !drop.test(name)));
}
