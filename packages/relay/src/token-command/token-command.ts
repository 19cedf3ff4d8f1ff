import { writeFile } from "node:fs/promises";
import { OptionError, type OptionTable, type OptionValues, parseOptions } from "@moqscope/telemetry/options";
import { generateKey, inspectToken, signToken, TokenError, verifyToken } from "@moqscope/token";
import { readKeyFile } from "@moqscope/token/node";
import { generateTable, inspectTable, signTable } from "./options.ts";

const name = "moqscope-relay token";
const usage = `Usage: ${name} generate | sign | inspect [options]

  generate  make a key
  sign      issue a token
  inspect   show what a token says, and with --key whether it holds

Each has --help.
`;

/** What the command reads and writes. */
export interface TokenIo {
  /** Answers, for programs. */
  print(text: string): void;
  /** What a person may want to know besides. */
  note(text: string): void;
  readStdin(): Promise<string>;
}

/**
 * `moqscope-relay token …`; resolves with the exit code, 2 for a token that does not hold.
 * @throws OptionError or TokenError, whose message is one line for a person.
 */
export async function tokenCommand(argv: readonly string[], version: string, io: TokenIo): Promise<number> {
  const [command = "--help", ...rest] = argv;
  switch (command) {
    case "generate":
      return await withOptions({ command, summary: "makes a key for tokens", table: generateTable, rest, version, io }, generate);
    case "sign":
      return await withOptions({ command, summary: "issues a token", table: signTable, rest, version, io }, sign);
    case "inspect":
      return await withOptions({ command, summary: "shows what a token says", table: inspectTable, rest, version, io }, inspect);
    case "--help":
    case "-h":
      io.print(usage);
      return 0;
    default:
      throw new OptionError("unexpected_argument", `${name}: there is no ${command}; use generate, sign or inspect`);
  }
}

interface Call<T extends OptionTable> {
  readonly command: string;
  readonly summary: string;
  readonly table: T;
  readonly rest: readonly string[];
  readonly version: string;
  readonly io: TokenIo;
}
async function withOptions<T extends OptionTable>(
  { command, summary, table, rest, version, io }: Call<T>,
  run: (values: OptionValues<T>, io: TokenIo) => Promise<number>,
): Promise<number> {
  const parsed = parseOptions({ name: `${name} ${command}`, summary, table, argv: rest, env: process.env });
  switch (parsed.kind) {
    case "help":
      io.print(parsed.text);
      return 0;
    case "version":
      io.print(`${version}\n`);
      return 0;
    case "run":
      return await run(parsed.values, io);
  }
}

async function generate({ algorithm, kid, out, publicOut }: OptionValues<typeof generateTable>, io: TokenIo): Promise<number> {
  const key = await generateKey(algorithm, kid);
  // before anything is written: a symmetric key has no public half
  const half = publicOut === undefined ? undefined : key.toPublicJwk();
  if (publicOut !== undefined) await write(publicOut, half, 0o644);
  if (out === undefined) io.print(lineOf(key.toPrivateJwk()));
  else {
    await write(out, key.toPrivateJwk(), 0o600);
    io.note(`${out}: ${algorithm} key ${key.id}\n`);
  }
  return 0;
}

async function sign({ key, root, put, get, life, country }: OptionValues<typeof signTable>, io: TokenIo): Promise<number> {
  const claims = {
    root,
    ...(put.length > 0 ? { put: put.map(plain) } : {}),
    ...(get.length > 0 ? { get: get.map(plain) } : {}),
    ...(life > 0 ? { exp: Math.floor((Date.now() + life) / 1000) } : {}),
    ...(country === undefined ? {} : { country }),
  };
  if (put.length + get.length === 0) throw new OptionError("missing_option", "a token needs --put, --get or both: / for all below --root");
  io.print(`${await signToken(await readKeyFile(key), claims)}\n`);
  return 0;
}

async function inspect({ token, key }: OptionValues<typeof inspectTable>, io: TokenIo): Promise<number> {
  const given = (token ?? (await io.readStdin())).trim();
  const { header, payload } = inspectToken(given);
  const { exp } = payload;
  const ends = typeof exp === "number" ? { expires: new Date(exp * 1000).toISOString() } : {};
  const verdict = key === undefined ? "not proved: give --key" : await verdictOf(given, key);
  io.print(lineOf({ header, payload, ...ends, verdict }));
  return key === undefined || verdict === "holds" ? 0 : 2;
}

async function verdictOf(token: string, keyFile: string): Promise<string> {
  const key = await readKeyFile(keyFile);
  try {
    await verifyToken(token, key);
    return "holds";
  } catch (error) {
    if (error instanceof TokenError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

async function write(path: string, jwk: unknown, mode: number): Promise<void> {
  try {
    await writeFile(path, lineOf(jwk), { mode, flag: "wx" });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OptionError("invalid_value", `${path} cannot be written: ${why}`, { cause });
  }
}

/** `/` stands for everything, which is the empty path. */
function plain(path: string): string {
  return path === "/" ? "" : path;
}
function lineOf(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
