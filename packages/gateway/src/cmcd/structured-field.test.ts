import { encodeSfDict, SfItem, SfToken } from "@svta/cml-structured-field-values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GatewayError } from "../error.ts";
import { fieldLimits, type Item, type Member, parseDictionary, Token } from "./structured-field.ts";

/** The dictionary in plain values: tokens as `token:name`, parameters after a `;`. */
function plain(text: string): Record<string, unknown> {
  return Object.fromEntries([...parseDictionary(text)].map(([key, member]) => [key, plainMember(member)]));
}
const plainMember = (member: Member): unknown => ("value" in member ? plainItem(member) : member.map(plainItem));
function plainItem({ value, parameters }: Item): unknown {
  const shown = value instanceof Token ? `token:${value.name}` : value;
  return parameters.length === 0 ? shown : [shown, ...parameters].join(";");
}

describe("a dictionary of RFC 9651", () => {
  test.each<[string, Record<string, unknown>]>([
    ["", {}],
    ["   ", {}],
    ['en="Applepie", da=:w4ZibGV0w6ZydGU=:', { en: "Applepie", da: undefined }],
    ["a=?0, b, c;foo=bar", { a: false, b: true, c: "true;foo" }],
    ["rating=1.5, feelings=(joy sadness)", { rating: 1.5, feelings: ["token:joy", "token:sadness"] }],
    ["a=(1 2), b=3, c=4;aa=bb, d=(5 6);valid", { a: [1, 2], b: 3, c: "4;aa", d: [5, 6] }],
    ["a=1,b=2,a=3", { b: 2, a: 3 }],
    ["br=(2000;v 96;a),bl=(4200;v;x=?0),e=ps", { br: ["2000;v", "96;a"], bl: ["4200;v"], e: "token:ps" }],
    ['a="\\"\\\\"', { a: '"\\' }],
    ["a=-0.125,b=999999999999999,c=-999999999999999", { a: -0.125, b: 999_999_999_999_999, c: -999_999_999_999_999 }],
    ['a=@1659578233,b=%"f%c3%bc"', { a: undefined, b: undefined }],
    ["*a.b-c_d=*foo/bar:baz!", { "*a.b-c_d": "token:*foo/bar:baz!" }],
    ["a=()\t,\tb=( 1  2 )", { a: [], b: [1, 2] }],
  ])("%j", (text, expected) => {
    expect(plain(text)).toEqual(expected);
  });

  test.each([
    "a=1,",
    "a=1,,b=2",
    "a=1 b=2",
    "A=1",
    "1=1",
    "a=",
    "a=(1",
    "a=(1;v2)3",
    "a=(1,2)",
    'a="x',
    'a="\\x"',
    'a="\u0000"',
    "a=?2",
    "a=1.",
    "a=1.2345",
    "a=1234567890123.1",
    "a=1234567890123456",
    "a=--1",
    "a=:a b:",
    "a=1;",
    "=1",
    "__proto__=1",
    `${"k".repeat(fieldLimits.keyCharacters + 1)}=1`,
    Array.from({ length: fieldLimits.members + 1 }, (_, at) => `k${at}`).join(","),
    `a=(${"1 ".repeat(fieldLimits.items + 1)})`,
    `a=1${";p".repeat(fieldLimits.parameters + 1)}`,
  ])("%j is refused, and the message repeats nothing of it", (text) => {
    expect(() => parseDictionary(text)).toThrow(
      expect.objectContaining({ code: "malformed", message: expect.stringMatching(/ at character \d+$/) }),
    );
  });

  test("says the same as the library of the players, whatever they write", () => {
    const number = fc.oneof(
      fc.integer({ min: -1e12, max: 1e12 }),
      fc.integer({ min: -1e6, max: 1e6 }).map((value) => value / 1000),
    );
    const token = fc.stringMatching(/^[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]{0,20}$/);
    const text = fc.string().filter((value) => /^[\x20-\x7e]*$/.test(value));
    const bare = fc.oneof(
      number,
      text,
      fc.boolean(),
      token.map((name) => new SfToken(name)),
    );
    const key = fc.stringMatching(/^[a-z*][a-z0-9_.*-]{0,20}$/);
    const item = fc
      .tuple(bare, fc.uniqueArray(key, { maxLength: 3 }))
      .map(([value, names]) => new SfItem(value, Object.fromEntries(names.map((name) => [name, true]))));
    const dictionary = fc.uniqueArray(fc.tuple(key, fc.oneof(item, fc.array(item, { maxLength: 5 }))), {
      selector: ([name]) => name,
      maxLength: 8,
    });
    const shown = ({ value, params }: SfItem): unknown => {
      const own: unknown = value instanceof SfToken ? `token:${value.description}` : value;
      const names = Object.keys((params ?? {}) as object);
      return names.length === 0 ? own : [own, ...names].join(";");
    };
    fc.assert(
      fc.property(dictionary, (members) => {
        const written = encodeSfDict(Object.fromEntries(members));
        const expected = members.map(([name, member]) => [name, Array.isArray(member) ? member.map(shown) : shown(member)] as const);
        expect(plain(written)).toEqual(Object.fromEntries(expected));
      }),
      { numRuns: 300 },
    );
  });

  test("cut anywhere is read or refused with our error, never another", () => {
    const whole = 'bl=(5900;v 200;a),br=(640),e=ps,sid="b9a4e9b0",sn=5,sta=r,ts=1795367477650,v=2,x-y=:AA==:,pr=1.5,bg';
    for (let end = 0; end <= whole.length; end++) {
      try {
        parseDictionary(whole.slice(0, end));
      } catch (error) {
        expect(error).toBeInstanceOf(GatewayError);
      }
    }
  });
});
