import { describe, expect, it } from "vitest";
import { bitRate, bytes, count, inUnit, percent, plain, seconds, short } from "./quantity.ts";

const show = (quantity: ReturnType<typeof count>): string => plain(quantity).replace("\u00a0", " ");

describe("quantities", () => {
  it.each([
    [0, "0 bit/s"],
    [999, "999 bit/s"],
    [999.7, "1.00 kbit/s"],
    [4_214_000, "4.21 Mbit/s"],
    [42_140_000, "42.1 Mbit/s"],
    [421_400_000, "421 Mbit/s"],
    [999_960_000, "1.00 Gbit/s"],
  ])("shows %d bit/s as %s", (value, text) => expect(show(bitRate(value))).toBe(text));

  it.each([
    [0, "0 s"],
    [0.000_24, "240 µs"],
    [0.0042, "4.2 ms"],
    [0.182, "182 ms"],
    [0.9996, "1.00 s"],
    [1.24, "1.24 s"],
    [59.96, "1 min 0 s"],
    [200, "3 min 20 s"],
    [7500, "2 h 5 min"],
    [200_000, "2 d 7 h"],
  ])("shows %d seconds as %s", (value, text) => expect(show(seconds(value))).toBe(text));

  it.each([
    [0, "0 %"],
    [0.000_01, "<0.01 %"],
    [0.0042, "0.42 %"],
    [0.031, "3.1 %"],
    [1, "100 %"],
  ])("shows the ratio %d as %s", (value, text) => expect(show(percent(value))).toBe(text));

  it("groups counts and keeps a true zero", () => {
    expect(show(count(0))).toBe("0");
    expect(show(count(12_345))).toBe("12,345");
    expect(show(count(2.5))).toBe("2.5");
  });

  it("drops the zeros that an axis does not need", () => {
    expect([bitRate(50_000_000), bitRate(2_500_000), bitRate(0), count(100)].map((value) => short(value).replace("\u00a0", " "))).toEqual([
      "50 Mbit/s",
      "2.5 Mbit/s",
      "0 bit/s",
      "100",
    ]);
  });

  it("reads the units of the registry", () => {
    expect(show(inUnit(3, "{session}"))).toBe("3");
    expect(show(inUnit(1_240_000, "By"))).toBe("1.24 MB");
    expect(show(inUnit(0.5, "1"))).toBe("0.5");
    expect(show(inUnit(7, "rpm"))).toBe("7 rpm");
    expect(show(bytes(12))).toBe("12 B");
  });
});
