/**
 * `pnpm stack:digests`: asks the registry for the digest of each image that the stack pulls, and writes them down beside the tags
 * (infra/src/compose/digests.json), so that `pnpm generate` pins both. Where no registry is reached nothing changes.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { images } from "../../infra/src/compose/images.ts";
import { root } from "../support/root.ts";
import { docker, problemOf } from "./docker.ts";
import { StackProblem } from "./place.ts";

const path = join(root, "infra/src/compose/digests.json");

try {
  const digests: Record<string, string> = {};
  for (const image of Object.values(images)) {
    const ran = await docker(["buildx", "imagetools", "inspect", image, "--format", "{{.Manifest.Digest}}"], { env: process.env });
    if (ran.code !== 0) throw problemOf(`asking for the digest of ${image}`, ran);
    const digest = ran.stdout.trim();
    if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new StackProblem(`the registry's answer for ${image} is no digest: ${digest}`);
    digests[image] = digest;
  }
  const next = `${JSON.stringify(digests, null, 2)}\n`;
  const changed = readFileSync(path, "utf8") !== next;
  writeFileSync(path, next);
  process.stdout.write(changed ? "the digests have changed: pnpm generate puts them into infra/compose\n" : "no digest has changed\n");
} catch (error) {
  if (!(error instanceof StackProblem)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
