/** Runs another script, and whatever that starts, behind everything else on this machine: `node low-priority.ts <script> [arguments]`. */
import { constants, setPriority } from "node:os";
import { pathToFileURL } from "node:url";

setPriority(constants.priority.PRIORITY_LOW);
process.argv.splice(1, 1);
await import(pathToFileURL(process.argv[1] ?? "").href);
