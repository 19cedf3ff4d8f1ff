import { envNames, fileKey, grouped, type Option } from "@moqscope/telemetry/options";
import { relaySections as sections, relayOptionTable as table } from "../src/main-options.ts";

/** Of the repository's top. */
export const configurationPagePath = "docs/relay-configuration.md";

const head = `# Configuration of the relay

\`moqscope-relay\` is told by flags, environment variables and one file (\`--config relay.toml\`, or JSON where the name does not end in
\`.toml\`). A flag wins over a variable, a variable over the file, the file over the default. This page is made by \`pnpm generate\` from the
table in \`packages/relay/src/main-options.ts\`, as \`--help\` is.

\`\`\`toml
node = "fra-1"
region = "eu-central"

[tls]
cert = "/etc/moqscope/fullchain.pem"
key = "/etc/moqscope/key.pem"

[limits]
max-sessions = 20000
handshake-timeout = "5s"
\`\`\`

| Matter | Rule |
| --- | --- |
| keys | a section and a key as the tables below name them; \`tls-cert\` at the top says the same as \`cert\` in \`[tls]\`, both together are an error |
| mistakes | an unknown flag, variable that begins with \`MOQSCOPE_RELAY_\`, section or key ends the relay with the nearest known name, all of them at once; what a file says wrongly is told with line and column. Variables that Kubernetes makes of a service's name (\`…_SERVICE_HOST\`, \`…_PORT_4443_TCP\`) are none of these |
| \`--check\` | reads and opens everything that a start would, keys and certificates among it, tells all that is wrong and ends: 1, or 0 when nothing is |
| \`--print-config\` | prints what is in force as such a file, each line with where it came from; with secrets left out |
| at start | \`moq.ready\` says every option in force with where it came from; \`/config\` of the admin listener does so at any time. Passwords and queries of URLs, and what is secret, stand in neither |
| SIGHUP | reads the file, keys and certificates again. Options marked ↻ change for whoever comes from then on; of others that differ a \`moq.config\` says by name that they need a restart. A file that cannot be read or is wrong changes nothing, a certificate or key that cannot be used stays as it was, and each is told at level error |
| durations | \`500ms\`, \`10s\`, \`2m\`, \`1h\`, or seconds |
| addresses | a port, \`host:port\` or \`[v6]:port\`; port 0 takes a free one |
| several | repeat the flag; separate by commas in a variable; an array in a file |
`;

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
const code = (text: string): string => `\`${text}\``;

function preset(option: Option): string {
  if (option.default === undefined) return option.type === "boolean" ? "off" : "–";
  return code(Array.isArray(option.default) ? option.default.join(", ") : String(option.default));
}
function meaning(option: Option): string {
  const choices = option.type === "string" && option.choices ? ` One of ${option.choices.map(code).join(", ")}.` : "";
  const description = /[.!?]$/.test(option.description) ? option.description : `${option.description}.`;
  return `${cell(description)}${choices}`;
}
function row(option: Option): string {
  const key = option.commandLineOnly === true ? "–" : code(fileKey(option, sections).at(-1) ?? "");
  const mark = option.reload === true ? " ↻" : "";
  const variables = envNames(option).map(code).join(", ") || "–";
  return `| ${key} | ${code(option.flag)}${mark} | ${variables} | ${preset(option)} | ${meaning(option)} |\n`;
}

/** The page of all options, by section. */
export function configurationPage(): string {
  const parts = grouped(Object.values(table), sections).map(([section, options]) => {
    const title = section === undefined ? "General" : `${sections[section as keyof typeof sections]}: \`[${section}]\``;
    return `\n## ${title}\n\n| Key | Flag | Variable | Default | Meaning |\n| --- | --- | --- | --- | --- |\n${options.map(row).join("")}`;
  });
  return head + parts.join("");
}
