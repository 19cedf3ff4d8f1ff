/** Writes docs/relay-configuration.md. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { configurationPage, configurationPagePath } from "./configuration-page.ts";

writeFileSync(join(import.meta.dirname, "../../..", configurationPagePath), configurationPage());
