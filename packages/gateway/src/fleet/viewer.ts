import { type Country, countryOf, regionOf, sets } from "@moqscope/telemetry";
import type { SessionContext } from "./session-context.ts";
import { readUserAgent } from "./user-agent.ts";

/** Attributes of metrics that the gateway sets from what it knows of a viewer. */
const derivedSets = { region: sets.region, browser: sets.browser, device: sets.device };
export type DerivedKey = keyof typeof derivedSets;

/** What the gateway itself knows of a session's viewer; one object for all viewers of whom it knows the same. */
export interface Viewer {
  readonly country: Country;
  readonly labels: Readonly<Record<DerivedKey, string>>;
  /** Where each label stands in its set. */
  readonly at: Readonly<Record<DerivedKey, number>>;
}

/** The viewers there can be: countries × browsers × devices, each made once. */
export class Viewers {
  readonly #all: Viewer[] = [];
  readonly #numbers = new Map<string, number>();

  /** A number for what is known of a session. */
  numberOf({ country, userAgent }: Pick<SessionContext, "country" | "userAgent">): number {
    const { browser, device } = readUserAgent(userAgent);
    return this.#number({ country, browser, device });
  }

  at(number: number): Viewer {
    return this.#all[number] as Viewer;
  }

  /** Country, browser and device of every number, to restore them from. */
  snapshot(): string[][] {
    return this.#all.map(({ country, labels }) => [country, labels.browser, labels.device]);
  }

  /** The number here of each viewer of a snapshot. */
  restore(snapshot: readonly (readonly string[])[]): number[] {
    return snapshot.map(([country = "ZZ", browser = "other", device = "other"]) => this.#number({ country, browser, device }));
  }

  #number(known: { readonly country: string; readonly browser: string; readonly device: string }): number {
    const country = countryOf(known.country);
    const key = `${country} ${known.browser} ${known.device}`;
    const number = this.#numbers.get(key) ?? this.#all.length;
    if (number === this.#all.length) {
      this.#numbers.set(key, number);
      this.#all.push(viewer(country, { region: regionOf(country), browser: known.browser, device: known.device }));
    }
    return number;
  }
}

function viewer(country: Country, labels: Readonly<Record<DerivedKey, string>>): Viewer {
  const at = (key: DerivedKey): number => {
    const values: readonly string[] = derivedSets[key].values;
    const index = values.indexOf(labels[key]);
    return index < 0 ? values.length - 1 : index;
  };
  return { country, labels, at: { region: at("region"), browser: at("browser"), device: at("device") } };
}
