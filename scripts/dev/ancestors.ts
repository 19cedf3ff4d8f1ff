import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

interface Process {
  readonly parent: number;
  readonly command: string;
}

/**
 * The processes between us and the `npx` or `pnpm` that a person started, both ends included. Between them stand shells that pass
 * no signal on, so each has to be watched. Empty where the system does not tell.
 */
export function packageManagerAncestors(): readonly number[] {
  const chain: number[] = [];
  let above = 0;
  for (let pid = process.ppid; pid > 1 && chain.length < 20; ) {
    const found = look(pid);
    if (found === undefined) break;
    chain.push(pid);
    if (/\b(npm|npx|pnpm|corepack)\b/.test(found.command)) above = chain.length;
    pid = found.parent;
  }
  return chain.slice(0, above);
}

/** Whether that process still runs. One that has ended and whose parent has not looked yet (a zombie, on Linux) does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== "linux" || stateOf(pid) !== "Z";
  } catch (error) {
    // It is there when it may only not be signalled.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** One letter, as /proc tells it; that of a process that has ended when it is gone. */
function stateOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[0] ?? "Z";
  } catch {
    return "Z"; // It has ended, and been looked at, since it was asked for.
  }
}

function look(pid: number): Process | undefined {
  try {
    if (process.platform === "linux") {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      // The name in brackets may hold anything, so fields are counted from its end: state, then the parent.
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      return { parent, command: readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ") };
    }
    const line = execFileSync("ps", ["-o", "ppid=,command=", "-p", String(pid)], { encoding: "utf8" }).trim();
    return { parent: Number.parseInt(line, 10), command: line };
  } catch {
    // Gone, or a system without `ps`: then nothing above it is watched.
    return undefined;
  }
}
