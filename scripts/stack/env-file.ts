import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseEnv } from "node:util";
import { type Place, StackProblem } from "./place.ts";

/** What nobody may guess, made once and kept: variable → how it is made. */
const secrets: Readonly<Record<string, () => string>> = {
  GRAFANA_ADMIN_PASSWORD: () => randomBytes(18).toString("base64url"),
  // The same in every gateway, so that each takes the tokens of the others.
  GATEWAY_TOKEN_SECRET: () => randomBytes(32).toString("base64url"),
  S3_ACCESS_KEY: () => randomBytes(10).toString("hex"),
  S3_SECRET_KEY: () => randomBytes(24).toString("base64url"),
};

const head = `# Made by pnpm stack, for this machine alone: git ignores it. docs/operate/start.md tells what else may stand here.
`;

export type Env = Readonly<Record<string, string | undefined>>;

/** Reads the file, makes it where there is none, and adds the secrets that it lacks. `made`: what was added. */
export function provideEnv({ envFile }: Place): { readonly env: Env; readonly made: readonly string[] } {
  const before = existsSync(envFile) ? readFileSync(envFile, "utf8") : head;
  const known = parseEnv(before);
  const made = Object.keys(secrets).filter((name) => (known[name] ?? "") === "");
  if (made.length > 0) {
    const added = made.map((name) => `${name}=${secrets[name]?.()}\n`).join("");
    mkdirSync(dirname(envFile), { recursive: true });
    writeFileSync(envFile, `${before.replace(/\n?$/, "\n")}${added}`, { mode: 0o600 });
  }
  return { env: parseEnv(readFileSync(envFile, "utf8")), made };
}

/** Reads the file. Throws {@link StackProblem} where there is none: then nothing was started with it. */
export function readEnv({ envFile }: Place): Env {
  if (!existsSync(envFile)) throw new StackProblem(`there is no ${envFile}: pnpm stack makes it at its first start`);
  return parseEnv(readFileSync(envFile, "utf8"));
}
