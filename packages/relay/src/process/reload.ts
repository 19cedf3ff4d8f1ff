import type { NodeTelemetry } from "@moqscope/telemetry/node";
import { OptionError } from "@moqscope/telemetry/options";
import { relayOptionTable as table } from "../main-options.ts";
import type { OpenedAuth } from "../open-auth.ts";
import type { Relay } from "../relay.ts";
import { contradictions, messagesOf } from "./check-settings.ts";
import { limitsOf, tlsOf } from "./relay-options.ts";
import type { Settings, Values } from "./settings.ts";

export interface Running {
  readonly relay: Relay;
  readonly telemetry: NodeTelemetry;
  readonly auth: OpenedAuth | undefined;
  readonly settings: Settings;
  /** Reads everything again. @throws OptionError */
  read(): Settings;
  /** Whom to be linked with. */
  peers(values: Values): readonly string[];
  /** Whether somebody else makes the certificate. */
  readonly isGivenCertificate: boolean;
  /** Opens what tokens are proved with; tells of keys that cannot be used. */
  openAuth(values: Values): Promise<OpenedAuth | undefined>;
}

type Name = keyof Values;
const names = Object.keys(table) as Name[];
const authNames: readonly Name[] = ["authKey", "authKeyDir", "authPublic", "authPublicSubscribe", "authPublicPublish"];
const tlsNames: readonly Name[] = ["tlsCert", "tlsKey", "tlsGenerate"];

const differs = (a: Values, b: Values, name: Name): boolean => JSON.stringify(a[name]) !== JSON.stringify(b[name]);
const isReloaded = (name: Name): boolean => "reload" in table[name];

/**
 * Takes over what can change while a relay runs, when it is told to read again: file, keys, certificate. What cannot be used stays as it
 * is, and so does everything where the configuration as a whole cannot be read.
 */
export class Reloading {
  readonly #running: Running;
  #auth: OpenedAuth | undefined;
  #settings: Settings;
  #last: Promise<void> = Promise.resolve();

  constructor(running: Running) {
    this.#running = running;
    this.#auth = running.auth;
    this.#settings = running.settings;
  }
  /** What is in force: of options that need a restart, what was said at the start. */
  get settings(): Settings {
    return this.#settings;
  }
  /** One after another, however often it is asked. Never rejects. */
  reload(): Promise<void> {
    this.#last = this.#last.then(() => this.#reload());
    return this.#last;
  }
  async #reload(): Promise<void> {
    const { recorder } = this.#running.telemetry;
    const told = this.#read();
    if (!told) return;
    const before = this.#settings.values;
    const differing = names.filter((name) => differs(before, told.values, name));
    const restart = differing.filter((name) => !isReloaded(name));
    const failed = [...(await this.#certificate(told.values)), ...(await this.#keys(told.values))];
    const changed = differing.filter((name) => isReloaded(name) && !failed.includes(name));
    this.#settings = this.#merge(told, [...restart, ...failed]);
    this.#apply();
    await this.#running.relay.cluster.reload();
    const flags = (list: readonly Name[]): string => list.map((name) => table[name].flag).join(", ");
    const needs = restart.length === 0 ? "" : `; a restart is needed for ${flags(restart)}`;
    recorder.event(restart.length === 0 ? "info" : "warn", "moq.config", {
      message: `Configuration read again: ${changed.length === 0 ? "no option has changed" : `changed ${flags(changed)}`}${needs}`,
      state: "reloaded",
      ...(changed.length === 0 ? {} : { changed: flags(changed) }),
      ...(restart.length === 0 ? {} : { restart: flags(restart) }),
    });
  }
  #read(): Settings | undefined {
    try {
      const told = this.#running.read();
      const problems = contradictions(told.values);
      if (problems.length > 0) throw new OptionError("invalid_value", problems);
      tlsOf(told.values);
      return told;
    } catch (error) {
      this.#refused("The configuration stays as it is", messagesOf(error));
      return undefined;
    }
  }
  /** Reads the files again, or signs anew for other names. Gives what could not be taken over. */
  async #certificate(values: Values): Promise<readonly Name[]> {
    const tls = tlsOf(values);
    const isSame = tlsNames.every((name) => !differs(values, this.#settings.values, name));
    if (!tls || (isSame && "generate" in tls)) return [];
    if ("generate" in tls && this.#running.isGivenCertificate) return tlsNames;
    try {
      await this.#running.relay.setCertificate(tls);
      return [];
    } catch {
      // The relay has told why, and serves the old one on.
      return tlsNames;
    }
  }
  /** Reads the keys again, or opens others. Gives what could not be taken over. */
  async #keys(values: Values): Promise<readonly Name[]> {
    if (authNames.every((name) => !differs(values, this.#settings.values, name))) {
      await this.#auth?.reload();
      return [];
    }
    try {
      const opened = await this.#running.openAuth(values);
      this.#auth?.close();
      this.#auth = opened;
      this.#running.relay.reconfigure({ auth: opened?.options ?? false });
      return [];
    } catch (error) {
      this.#refused("Who may do what stays as it is", messagesOf(error));
      return authNames;
    }
  }
  /** What was told, but for the options that keep what they were. */
  #merge(told: Settings, kept: readonly Name[]): Settings {
    const of = <T>(next: T, before: T): T => ({
      ...next,
      ...Object.fromEntries(kept.map((name) => [name, before[name as unknown as keyof T]])),
    });
    return { ...told, values: of(told.values, this.#settings.values), sources: of(told.sources, this.#settings.sources) };
  }
  #apply(): void {
    const { values } = this.#settings;
    this.#running.telemetry.setLogLevel(values.logLevel);
    this.#running.relay.cluster.setPeers(this.#running.peers(values));
    this.#running.relay.reconfigure({
      limits: limitsOf(values),
      trustedProxies: values.trustedProxy,
      allowOrigins: values.allowOrigin.length > 0 ? values.allowOrigin : false,
    });
  }
  #refused(what: string, problems: readonly string[]): void {
    for (const problem of problems)
      this.#running.telemetry.recorder.event("error", "moq.config", { message: `${what}: ${problem}`, state: "refused" });
  }
}
