import { TelemetryError } from "@moqscope/telemetry";
import { describeNodeTelemetry } from "@moqscope/telemetry/node";
import { AddressList, formatListen, OptionError } from "@moqscope/telemetry/options";
import { TokenError } from "@moqscope/token";
import { RelayError } from "../error.ts";
import { loadCertificate } from "../net/certificate.ts";
import { openAuth } from "../open-auth.ts";
import { clusterProblems } from "../open-cluster.ts";
import { limitsOf, telemetryOf, tlsOf } from "./relay-options.ts";
import type { Values } from "./settings.ts";

type Check = (values: Values) => readonly string[];

/** What options say of each other, and values that more than their type decides. */
const checks: readonly Check[] = [
  ({ listen, adminListen }) =>
    listen.port !== 0 && listen.port === adminListen.port && listen.host === adminListen.host
      ? [`--listen and --admin-listen are both ${formatListen(listen)}`]
      : [],
  ({ allowOrigin }) =>
    allowOrigin
      .filter((text) => URL.parse(text)?.origin !== text.replace(/\/$/, "").toLowerCase())
      .map((text) => `--allow-origin: "${text}" is no origin of a page: such as https://watch.example`),
  ({ authKey, authKeyDir }) =>
    authKey !== undefined && authKeyDir !== undefined ? ["--auth-key and --auth-key-dir exclude each other"] : [],
  clusterProblems,
  ({ trustedProxy }) => wrong(() => new AddressList(trustedProxy)).map((message) => `--trusted-proxy: ${message}`),
  ({ trustedProxy, proxyProtocol }) =>
    proxyProtocol && trustedProxy.length === 0 ? ["--proxy-protocol needs --trusted-proxy: nobody else is believed"] : [],
  ({ goawayUri }) =>
    goawayUri === undefined || isAddress(goawayUri)
      ? []
      : [`--goaway-uri: "${goawayUri}" is no http or https address without a query: such as https://relay-b.example`],
  ({ pingInterval, pingTimeout }) => (pingTimeout > pingInterval ? [] : ["--ping-timeout is not above --ping-interval"]),
];

function wrong(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    return messagesOf(error);
  }
}

function isAddress(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && ["http:", "https:"].includes(url.protocol) && url.search === "" && url.hash === "" && url.username === "";
}

/** What is wrong with values beside each other, without a look at any file. */
export function contradictions(values: Values): readonly string[] {
  return checks.flatMap((check) => check(values));
}

/** What is wrong with what values lead to: files, certificates, keys, addresses of telemetry. */
export async function unusable(values: Values): Promise<readonly string[]> {
  const found = await Promise.all([
    problem(async () => {
      const tls = tlsOf(values);
      if (tls && ("certFile" in tls || tls.clientCaFile !== undefined)) await loadCertificate(tls);
    }),
    problem(async () => {
      const both = values.authKey !== undefined && values.authKeyDir !== undefined;
      const auth = both ? undefined : await openAuth(values, () => undefined);
      auth?.close();
    }),
    problem(() => void limitsOf(values)),
    problem(() => void describeNodeTelemetry(telemetryOf(values))),
  ]);
  return found.flat();
}

/** @throws OptionError with everything that is wrong */
export async function checkSettings(values: Values): Promise<void> {
  const problems = [...contradictions(values), ...(await unusable(values))];
  if (problems.length > 0) throw new OptionError("invalid_value", problems);
}

async function problem(look: () => Promise<void> | void): Promise<readonly string[]> {
  try {
    await look();
    return [];
  } catch (error) {
    return messagesOf(error);
  }
}

/** What to tell a person, a line each; a mistake of ours goes on as it is. */
export function messagesOf(error: unknown): readonly string[] {
  if (error instanceof OptionError) return error.problems;
  if (error instanceof RelayError && error.code === "certificate_invalid") return [`--tls-cert, --tls-key: ${error.message}`];
  if (error instanceof RelayError || error instanceof TokenError || error instanceof TelemetryError) return [error.message];
  throw error;
}
