import { optionsInForce } from "./help.ts";
import type { OptionSources } from "./parse-options.ts";
import { flagName, type OptionTable, type OptionValues, type Sections } from "./table.ts";

const bare = new Set(["number", "boolean"]);

/** A configuration file that says what is in force, each line with where it came from; secrets stand there as comments without value. */
export function tomlText<T extends OptionTable>(
  values: OptionValues<T>,
  given: { readonly table: T; readonly sources: OptionSources<T>; readonly sections: Sections },
): string {
  const lines = new Map<string, string[]>([["", []], ...Object.keys(given.sections).map((name): [string, string[]] => [name, []])]);
  const byOption = new Map(Object.entries(given.table).map(([name, option]) => [option, values[name as keyof T]] as const));
  for (const { key, option, text, where, isHidden } of optionsInForce(values, given)) {
    const [name = "", section = ""] = key.toReversed();
    const value = byOption.get(option);
    const written = Array.isArray(value) ? JSON.stringify(value) : bare.has(option.type) ? text : JSON.stringify(text);
    lines.get(section)?.push(isHidden ? `# ${name} is hidden: ${where}` : `${name} = ${written} # ${where ?? flagName(option)}`);
  }
  const parts = [...lines].filter(([, inside]) => inside.length > 0);
  return parts.map(([section, inside]) => `${section === "" ? "" : `[${section}]\n`}${inside.join("\n")}\n`).join("\n");
}
