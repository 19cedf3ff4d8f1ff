import { images } from "./compose/images.ts";
import { ports } from "./compose/ports.ts";
import { profiles } from "./compose/profiles.ts";
import { sizingTable } from "./sizing.ts";

/** docs/operate/tables.md: what the Compose files and the measured figures come to. */
export function operateTables(): string {
  return [
    "# Tables",
    "Made by `pnpm generate` from `infra/src/compose` and `infra/src/sizing.ts`: change those, not this page.",
    "## Ports of the stack",
    "All of them on 127.0.0.1; the variable goes into `infra/compose/.env`.",
    table(
      ["Port", "Who", "Variable", "Profiles"],
      Object.entries(ports).map(([name, { host, who, variable }]) => [String(host), who, `\`${variable}\``, publishedIn(name)]),
    ),
    "## Services and their memory",
    "What each may take at most, in MiB; a dash where the profile does not have it.",
    memoryTable(),
    "## Images",
    table(
      ["Image", "Version"],
      Object.values(images).map((image) => image.split(":") as [string, string]),
    ),
    "## Sizing",
    "How each line is derived stands in [sizing.md](sizing.md).",
    sizingTable(),
    "",
  ]
    .join("\n\n")
    .replace(/\n+$/, "\n");
}

function publishedIn(port: string): string {
  return profiles
    .filter(({ services }) => [...services.values()].some((service) => service.ports.some((one) => one === port)))
    .map(({ name }) => name)
    .join(", ");
}

function memoryTable(): string {
  const names = [...new Set(profiles.flatMap(({ services }) => [...services.keys()]))];
  const limit = (profile: (typeof profiles)[number], name: string): number | undefined => {
    const given = profile.services.get(name)?.compose["mem_limit"];
    return typeof given === "string" ? Number.parseInt(given, 10) : undefined;
  };
  const rows = names.map((name) => [`\`${name}\``, ...profiles.map((profile) => String(limit(profile, name) ?? "–"))]);
  const sums = profiles.map((profile) => String(names.reduce((sum, name) => sum + (limit(profile, name) ?? 0), 0)));
  return table(["Service", ...profiles.map(({ name }) => name)], [...rows, ["**together**", ...sums.map((sum) => `**${sum}**`)]]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
