import { dirname, join } from "node:path";
import { root } from "../support/root.ts";

/** Where a stack's secrets and choices lie, beside the Compose files unless it is said otherwise. */
export interface Place {
  /** Compose's variables: secrets, ports, receivers of alerts. */
  readonly envFile: string;
  /** What is written at each start. */
  readonly state: string;
  /** The variables of whoever calls; over those of the file, as Compose has it. */
  readonly shell: NodeJS.ProcessEnv;
}

/** The folder of the Compose files. */
export const composeFolder: string = join(root, "infra/compose");

export function placeOf(envFile: string, shell: NodeJS.ProcessEnv): Place {
  return { envFile, state: join(dirname(envFile), ".state"), shell };
}

/** The one line that a person can act on; the stack ends with it. */
export class StackProblem extends Error {
  override readonly name = "StackProblem";
}
