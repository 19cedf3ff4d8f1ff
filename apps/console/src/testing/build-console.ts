import { join } from "node:path";
import { build } from "vite";

/** Builds the console as it is shipped, also where NODE_ENV says `test`: libraries would be their development versions. */
export async function buildConsole(outDir: string): Promise<void> {
  const before = process.env["NODE_ENV"];
  process.env["NODE_ENV"] = "production";
  try {
    await build({ root: join(import.meta.dirname, "../.."), logLevel: "warn", build: { outDir, emptyOutDir: true } });
  } finally {
    if (before === undefined) delete process.env["NODE_ENV"];
    else process.env["NODE_ENV"] = before;
  }
}
