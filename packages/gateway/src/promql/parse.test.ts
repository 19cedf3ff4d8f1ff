import { describe, expect, test } from "vitest";
import { expressions } from "../testing/expressions.ts";
import { durationMs, numberOf, unquote } from "./literals.ts";
import { parse } from "./parse.ts";

describe("what is refused says where it stands", () => {
  test.each([
    ["sum(rate(x[5m])) +", "1:19", "unexpected end of input"],
    ["a +\n  foo(1)", "2:3", 'unknown function with name "foo"'],
    ["1 + holt(x)", "1:5", "unknown function"],
    ["a + double_exponential_smoothing(x[5m], 1, 1)", "1:5", "is not supported by this store"],
    ["count_values('v', x)", "1:1", "is not supported by this store"],
    ["limitk(1, x)", "1:1", "is not supported by this store"],
    ["rate(x)", "1:6", "expected type range vector"],
    ["sum(x[5m])", "1:1", "expected type vector in aggregation, got matrix"],
    ["rate(x[5m], 1)", "1:1", "expected at most 1 argument(s)"],
    ["x smoothed", "1:1", "is not supported by this store"],
    ["a + fill(0) b", "1:5", "fill modifiers are not supported"],
    ["a </ 1", "1:3", "is not supported by this store"],
    ["x[step()]", "1:3", "a range here is a duration"],
    ["x[0s]", "1:3", "duration must be greater than 0"],
    ["x offset step()", "1:10", "an offset here is a duration"],
    ["1 > 2", "1:1", "must use BOOL modifier"],
    ["1 and x", "1:1", "not allowed in binary scalar expression"],
    ["x + bool y", "1:1", "bool modifier can only be used on comparison operators"],
    ["x and on (a) group_left (b) y", "1:14", "no grouping allowed for set operations"],
    ["{a=~'.*'}", "1:1", "at least one non-empty matcher"],
    ["x{a=~'('}", "1:6", "error parsing regexp"],
    ["x{a=~'(?=b)'}", "1:6", "look-around"],
    ["x{__name__='y'}", "1:3", "metric name must not be set twice"],
    ["sum(x)[5m]", "1:1", "ranges only allowed for vector selectors"],
    ["sum(x) offset 5m", "1:1", "must be preceded by"],
    ["", "1:1", ""],
    ["'a' + 1", "1:1", "must contain only scalar and instant vector types"],
    [`${"(".repeat(200)}1${")".repeat(200)}`, "1:151", "nest deeper"],
  ])("%s", (query, position, why) => {
    expect(() => parse(query)).toThrow(
      expect.objectContaining({ type: "bad_data", message: expect.stringContaining(`${position}: parse error: `) as string }) as Error,
    );
    expect(() => parse(query)).toThrow(why);
  });
});

test.each(expressions)("$name is read", ({ expr }) => {
  expect(parse(expr).to).toBe(expr.length);
});

describe("literals", () => {
  test.each([
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["1d", 86_400_000],
    ["250ms", 250],
    ["5", undefined],
    ["m5", undefined],
  ])("duration %s", (text, wanted) => expect(durationMs(text)).toBe(wanted));

  test.each([
    ["1e3", 1000],
    ["0x1F", 31],
    ["1_000", 1000],
    ["-Inf", Number.NEGATIVE_INFINITY],
    ["nan", Number.NaN],
    ["2m", 120],
    ["x", undefined],
  ])("number %s", (text, wanted) => expect(numberOf(text)).toBe(wanted));

  test.each([
    ['"a\\"b"', 'a"b'],
    ["'2(\\\\.0)?'", "2(\\.0)?"],
    ["`\\d`", "\\d"],
    ['"\\u00e9\\x41\\n"', "éA\n"],
    ['"\\d"', undefined],
    ['"open', undefined],
  ])("string %s", (text, wanted) => expect(unquote(text)).toBe(wanted));
});
