/** A query parameter that cannot be read; `message` says what it is and how to spell it. */
export class ParameterError extends Error {
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.name = "ParameterError";
    this.remedy = remedy;
  }
}

/** A number in a range. Throws ParameterError. */
export function numberParameter(
  query: URLSearchParams,
  name: string,
  range: { readonly least: number; readonly most: number; readonly preset: number },
): number {
  const text = query.get(name);
  if (text === null || text === "") return range.preset;
  const value = Number(text);
  if (Number.isFinite(value) && value >= range.least && value <= range.most) return value;
  throw new ParameterError(`${name} is no number from ${range.least} to ${range.most}`, `for example ?${name}=${range.preset}`);
}

/** One of some words. Throws ParameterError. */
export function choiceParameter<const T extends string>(query: URLSearchParams, name: string, choices: readonly T[]): T | undefined {
  const text = query.get(name) ?? "";
  if (text === "") return undefined;
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw new ParameterError(`${name} is none of ${choices.join(", ")}`, `for example ?${name}=${choices[0]}`);
  return found;
}

/** Refuses a parameter that would be ignored. Throws ParameterError. */
export function knownParameters(query: URLSearchParams, names: readonly string[]): void {
  for (const name of query.keys()) {
    if (!names.includes(name)) throw new ParameterError(`${name} is not asked for here`, `there are ${names.join(", ")}`);
  }
}

/** Attributes as a JSON object of strings, or as `key=value` pairs with commas between. Throws ParameterError. */
export function attributesParameter(query: URLSearchParams): Record<string, string> {
  const text = query.get("attributes")?.trim() ?? "";
  if (text === "") return {};
  const remedy = 'for example ?attributes={"peer":"client"} or ?attributes=peer=client,transport=websocket';
  if (!text.startsWith("{")) {
    const pairs = text.split(",").map((pair): [string, string] => {
      const at = pair.indexOf("=");
      if (at <= 0) throw new ParameterError("attributes has a part without =", remedy);
      return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    });
    return Object.fromEntries(pairs);
  }
  try {
    const read: unknown = JSON.parse(text);
    return Object.fromEntries(Object.entries(read as object).map(([key, value]) => [key, String(value)]));
  } catch (cause) {
    throw Object.assign(new ParameterError("attributes is no JSON object", remedy), { cause });
  }
}
