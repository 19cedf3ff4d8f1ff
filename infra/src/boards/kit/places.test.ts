import { expect, test } from "vitest";
import { geohash, placed, places } from "./places.ts";

test("a geohash is that of the format's own example", () => {
  expect(geohash([57.64911, 10.40744], 11)).toBe("u4pruydqqvj");
  expect(geohash([-25.382708, -49.265506], 7)).toBe("6gkzwgj");
});

/** As PromQL matches: the whole of the value. */
const placesOf = (region: string): number => places.filter(([names]) => new RegExp(`^(?:${names})$`).test(region)).length;

test.each([
  ["us-east-1", "us-west-2", "eu-central-1", "eu-west-1", "ap-southeast-2", "sa-east-1", "af-south-1", "me-central-1"],
  ["us-central1", "us-east4", "us-west1", "europe-west1", "europe-west3", "asia-northeast1", "australia-southeast1"],
  ["eastus2", "westeurope", "germanywestcentral", "uksouth", "japaneast", "brazilsouth"],
  ["eu", "fra", "fra1", "ams-1", "nyc3", "sin", "syd"],
])("%s and its kind are in one place each", (...regions) => {
  expect(regions.filter((region) => placesOf(region) !== 1)).toEqual([]);
});

test("each region is one label_replace around the series", () => {
  expect(placed({ text: "up" }).text.match(/label_replace\(/g)).toHaveLength(places.length);
});
