import { totalmem } from "node:os";

/** Bytes of memory that this process may have: what its cgroup allows, else what the machine has. */
export function machineMemoryBytes(): number {
  const machine = totalmem();
  // 0 where the system has no such limit, a huge number where it is not set.
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, machine) : machine;
}
