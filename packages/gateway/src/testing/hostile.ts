import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { type Template, templates } from "./hostile-templates.ts";
import type { RawPost } from "./raw-post.ts";

/** Stands in every hostile text: what an answer or a log line must never repeat. */
export const marker = "HOSTILE";
const markup = `<script>${marker}</script>`;

const nested = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth);
/** What a value is replaced with: wrong types, numbers beyond all bounds, prototypes, depth, text that wants to be run. */
const values: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1e308,
  -1e308,
  2 ** 53,
  0.1,
  "NaN",
  "Infinity",
  "-Infinity",
  "1e309",
  "9".repeat(40),
  "",
  markup,
  markup.repeat(500),
  "\u0000\u202e\ud800",
  [],
  {},
  [markup],
  JSON.parse(`{"__proto__":{"${marker}":1},"constructor":{"prototype":{"${marker}":1}}}`),
  JSON.parse(nested("[", "]", 60)),
  JSON.parse(nested('{"value":', "}", 0) || "{}"),
  { stringValue: markup },
  { doubleValue: "NaN" },
  { arrayValue: { values: [{ kvlistValue: { values: [{ key: "__proto__", value: { stringValue: markup } }] } }] } },
];
const keys = ["__proto__", "constructor", "toString", markup, "", "session.id", "a".repeat(5_000)];
const edit = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom("replace", "remove", "double", "rename", "wrap"),
  value: fc.constantFrom(...values),
  key: fc.constantFrom(...keys),
});
type Edit = typeof edit extends fc.Arbitrary<infer E> ? E : never;

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null;

/** Every place of a tree that can be edited. */
function places(tree: unknown): { readonly holder: Tree; readonly key: string }[] {
  if (!isTree(tree)) return [];
  return Object.entries(tree).flatMap(([key, value]) => [{ holder: tree, key }, ...places(value)]);
}

function apply(tree: unknown, { at, kind, value, key }: Edit): void {
  const all = places(tree);
  const place = all[at % Math.max(1, all.length)];
  if (place === undefined) return;
  const { holder } = place;
  const before = holder[place.key];
  switch (kind) {
    case "replace":
      // a copy: a later edit must not change what the next body is given
      holder[place.key] = structuredClone(value);
      return;
    case "remove":
      delete holder[place.key];
      return;
    case "double":
      if (Array.isArray(before)) holder[place.key] = [...before, ...before, ...before];
      return;
    case "rename":
      delete holder[place.key];
      Object.defineProperty(holder, key, { value: before, enumerable: true, configurable: true, writable: true });
      return;
    case "wrap":
      holder[place.key] = [before, { [key === "__proto__" ? "p" : key]: before }];
  }
}

const byteEdit = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom("set", "insert", "remove", "cut", "copy"),
  bytes: fc.uint8Array({ maxLength: 8 }),
});
const cmcdParts = [
  `sid="${markup}"`,
  "sn=-1",
  "sn=999999999999999",
  "ts=NaN",
  "ts=999999999999999",
  "bsa=(999999999999999;v)",
  "bsda=(-5)",
  "br=(1 2 3",
  `ec=("${markup}")`,
  `cid="${"x".repeat(9_000)}"`,
  "v=1",
  "sta=zz",
  "__proto__=1",
  `com.${marker.toLowerCase()}-x=:AAAA:`,
  `x=(${"1 ".repeat(100)})`,
  "\n",
  ",,",
  "e=rr",
];

const zeros = new Uint8Array(40 * 1024 * 1024);
/** Small on the wire, 40 MB inflated. */
const bomb = gzipSync(zeros);
const deep = [nested("[", "]", 30_000), nested('{"a":', "}", 10_000), `{"resourceMetrics":${nested("[", "]", 5_000)}}`].map((text) =>
  Buffer.from(text),
);

const jsonBody = (template: Template): fc.Arbitrary<Uint8Array> =>
  fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) => {
    const tree: unknown = structuredClone(template.json);
    for (const one of edits) apply(tree, one);
    return Buffer.from(JSON.stringify(tree));
  });
const bytesBody = (template: Template): fc.Arbitrary<Uint8Array> =>
  fc.array(byteEdit, { minLength: 1, maxLength: 6 }).map((edits) => edits.reduce(editBytes, template.bytes));
const cmcdBody = (template: Template): fc.Arbitrary<Uint8Array> =>
  fc.array(fc.tuple(fc.nat(), fc.constantFrom(...cmcdParts), fc.boolean()), { minLength: 1, maxLength: 5 }).map((edits) => {
    const fields = Buffer.from(template.bytes).toString().split(",");
    for (const [at, part, isInsert] of edits) fields.splice(at % fields.length, isInsert ? 0 : 1, part);
    return Buffer.from(fields.join(","));
  });

function editBytes(bytes: Uint8Array, { at, kind, bytes: given }: { at: number; kind: string; bytes: Uint8Array }): Uint8Array {
  const index = at % (bytes.length + 1);
  const [head, tail] = [bytes.subarray(0, index), bytes.subarray(index)];
  switch (kind) {
    case "insert":
      return Buffer.concat([head, given, tail]);
    case "remove":
      return Buffer.concat([head, tail.subarray(given.length)]);
    case "cut":
      return head;
    case "copy":
      return Buffer.concat([bytes, tail]);
    default:
      return Buffer.concat([head, given, tail.subarray(given.length)]);
  }
}

const bodyOf = (template: Template): fc.Arbitrary<{ readonly template: Template; readonly bytes: Uint8Array }> => {
  const made = [
    { weight: 4, arbitrary: bytesBody(template) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
    ...(template.json === undefined ? [] : [{ weight: 8, arbitrary: jsonBody(template) }]),
    ...(template.path === "/v1/cmcd" ? [{ weight: 8, arbitrary: cmcdBody(template) }] : []),
    { weight: 1, arbitrary: fc.constant(template.bytes) },
  ];
  return fc.oneof(...made).map((bytes) => ({ template, bytes }));
};
const body = fc.constantFrom(...templates).chain(bodyOf);

/** Bodies of reports as they are after unpacking: OTLP/JSON of metrics, and CMCD. */
export const hostileReport: fc.Arbitrary<{ readonly path: string; readonly bytes: Uint8Array }> = fc
  .constantFrom(...templates.filter(({ path, json }) => path === "/v1/cmcd" || (path === "/v1/metrics" && json !== undefined)))
  .chain(bodyOf)
  .map(({ template, bytes }) => ({ path: template.path, bytes }));

/** One of these once in a while, else nothing. */
const seldom = (...others: string[]): fc.Arbitrary<string | undefined> =>
  fc.oneof({ weight: 15, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
const sessionIds = Array.from({ length: 400 }, (_, at) => `an-honest-session-${String(at).padStart(4, "0")}`);

/** A request that an honest sender would never send, or one that it would, as many sessions. */
export const hostilePost: fc.Arbitrary<RawPost> = fc
  .record({
    made: body,
    session: fc.constantFrom(...sessionIds),
    packing: fc.oneof(
      { weight: 12, arbitrary: fc.constant("plain") },
      { weight: 4, arbitrary: fc.constant("gzip") },
      { weight: 1, arbitrary: fc.constantFrom("cut gzip", "no gzip", "br", "deep") },
    ),
    bombed: fc.nat(400),
    type: seldom("application/json", "application/x-protobuf", "application/cmcd", "text/plain", `text/${marker}`, ""),
    path: seldom("/v1/metrics", "/v1/traces", "/v1/logs", "/v1/cmcd", "/v1/token", `/v1/${marker}`),
    gateway: fc.constantFrom("here", "elsewhere", "none"),
  })
  .map(({ made: { template, bytes }, session, packing, bombed, type, path, gateway }) => {
    const renamed = Buffer.from(Buffer.from(bytes).toString("latin1").replaceAll("an-honest-session-00", session.slice(0, 20)), "latin1");
    const packed = bombed === 0 ? { body: bomb, encoding: "gzip" } : pack(renamed, packing);
    return {
      path: path ?? template.path,
      headers: {
        "content-type": type ?? template.type,
        ...(packed.encoding === undefined ? {} : { "content-encoding": packed.encoding }),
        ...(gateway === "none" ? {} : { "moq-gateway": gateway }),
        "user-agent": markup,
      },
      body: packed.body,
    };
  });

function pack(bytes: Uint8Array, how: string): { readonly body: Uint8Array; readonly encoding: string | undefined } {
  switch (how) {
    case "gzip":
      return { body: gzipSync(bytes, { level: 1 }), encoding: "gzip" };
    case "cut gzip":
      return { body: gzipSync(bytes, { level: 1 }).subarray(0, -9), encoding: "gzip" };
    case "no gzip":
      return { body: bytes, encoding: "gzip" };
    case "br":
      return { body: bytes, encoding: "br" };
    case "deep":
      return { body: deep[bytes.length % deep.length] ?? bytes, encoding: undefined };
    default:
      return { body: bytes, encoding: undefined };
  }
}
