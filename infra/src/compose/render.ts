import { Document, isMap, isScalar } from "yaml";
import type { Profile } from "./profiles.ts";

/** The Compose file of a profile, with what each service is for above it. */
export function renderCompose({ name, about, services, volumes }: Profile): string {
  const file = {
    name: "moqscope",
    services: Object.fromEntries([...services].map(([service, { compose }]) => [service, compose])),
    volumes: Object.fromEntries([...Object.keys(volumes), "tools"].map((volume) => [volume, {}])),
  };
  // 1.1: what its readers take for a boolean or a number in base 60 (no, 0:0) gets quotes.
  const document = new Document(file, { version: "1.1", aliasDuplicateObjects: false });
  document.commentBefore = ` ${about}\n \`pnpm stack --profile ${name}\` starts it; so does \`docker compose -f infra/compose/${name}.yaml up --wait\` once infra/compose/.env is there.\n Made by \`pnpm generate\` from infra/src/compose: change that, not this file.`;
  const map = document.get("services");
  if (isMap(map))
    for (const [at, pair] of map.items.entries()) {
      const comment = services.get(String(isScalar(pair.key) ? pair.key.value : ""))?.comment;
      if (isScalar(pair.key) && comment !== undefined) {
        pair.key.commentBefore = ` ${comment}`;
        pair.key.spaceBefore = at > 0;
      }
    }
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
