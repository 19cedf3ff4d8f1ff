import { lines, traces } from "../boards/kit/head.ts";
import type { DataSource } from "./grafana.ts";
import { ImportError } from "./import-error.ts";

export type Kind = "prometheus" | "loki" | "tempo";
export const kinds = ["prometheus", "loki", "tempo"] as const;
/** What the boards are to ask; undefined for a kind that this Grafana does not have. */
export type Choice = Readonly<Record<Kind, DataSource | undefined>>;

/**
 * Finds the data source of each kind: the one that is asked for by name or uid, else that of our own uid, the default, or the only one.
 * Throws ImportError `data_source` where one is asked for that is not there, or several could be meant.
 */
export function choose(all: readonly DataSource[], wanted: Readonly<Record<Kind, string | undefined>>): Choice {
  return Object.fromEntries(kinds.map((kind) => [kind, chosen(kind, all, wanted[kind])])) as Choice;
}

function chosen(kind: Kind, all: readonly DataSource[], wanted: string | undefined): DataSource | undefined {
  const ofKind = all.filter(({ type }) => type === kind);
  const names = ofKind.map(({ name, uid }) => `${name} (${uid})`).join(", ");
  if (wanted !== undefined) {
    const found = ofKind.find(({ uid, name }) => uid === wanted || name === wanted);
    if (found === undefined)
      throw new ImportError(
        "data_source",
        `--${kind}: there is no such data source of type ${kind}; there ${names === "" ? "is none" : `are ${names}`}`,
      );
    return found;
  }
  const found = ofKind.find(({ uid }) => uid === kind) ?? ofKind.find(({ isDefault }) => isDefault);
  if (found !== undefined || ofKind.length === 1) return found ?? ofKind[0];
  if (ofKind.length > 1)
    throw new ImportError("data_source", `there are several data sources of type ${kind}: ${names}; say which one with --${kind}`);
  if (kind === "prometheus")
    throw new ImportError("data_source", "there is no data source of type prometheus: add one in Grafana (Connections), then import again");
  return undefined;
}

/** A board that asks these data sources instead of the stack's own. */
export function withSources<B extends object>(board: B, { prometheus, loki, tempo }: Choice): B {
  const uids: Readonly<Record<string, string | undefined>> = { loki: loki?.uid, tempo: tempo?.uid };
  const ours: Readonly<Record<string, string | undefined>> = { loki: lines.uid, tempo: traces.uid };
  return JSON.parse(JSON.stringify(board), (key, value: unknown) => {
    if (!isObject(value)) return value;
    const { type, uid } = value as { readonly type?: string; readonly uid?: string };
    if (key === "datasource" && type !== undefined && uid === ours[type]) return { type, uid: uids[type] ?? uid };
    const isVariable = type === "datasource" && (value as { readonly name?: string }).name === "datasource";
    return isVariable && prometheus !== undefined ? { ...value, current: { text: prometheus.name, value: prometheus.uid } } : value;
  }) as B;
}
const isObject = (value: unknown): value is object => typeof value === "object" && value !== null && !Array.isArray(value);
