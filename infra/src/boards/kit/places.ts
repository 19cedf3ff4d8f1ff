/** A place on earth, in degrees. */
export type Place = readonly [latitude: number, longitude: number];

/**
 * Where regions of relays are, by what `cloud.region` is called there: the big clouds' own names, and short ones. A relay elsewhere is in
 * the table beside the map; for a dot add its name here and run `pnpm generate`.
 */
export const places: readonly (readonly [names: string, place: Place])[] = [
  ["us-east(-1|1|4|5)?|eastus2?|iad.*|nyc.*", [39.04, -77.49]],
  ["us-east-2|us-central(1)?|centralus|ord.*", [41.26, -95.86]],
  ["us-south.*|southcentralus|dfw.*", [32.78, -96.8]],
  ["us-west(-1|2|3|4)?|westus[23]?|lax.*|sjc.*", [37.34, -121.89]],
  ["us-west-2|us-west1|sea.*|pdx.*", [45.6, -121.18]],
  ["ca-central(-1)?|northamerica-northeast.*|canadacentral|yyz.*", [45.5, -73.57]],
  ["sa-east(-1)?|southamerica-east.*|brazilsouth|gru.*", [-23.55, -46.63]],
  ["eu|eu-central(-1)?|europe-west3|germanywestcentral|fra.*", [50.11, 8.68]],
  ["eu-west(-1)?|northeurope|dub.*", [53.35, -6.26]],
  ["eu-west-2|europe-west2|uksouth|lhr.*|lon.*", [51.51, -0.13]],
  ["eu-west-3|europe-west9|francecentral|cdg.*|par.*", [48.86, 2.35]],
  ["europe-west(1|4)|westeurope|ams.*", [52.37, 4.9]],
  ["eu-north(-1)?|europe-north.*|swedencentral|arn.*|hel.*", [59.33, 18.07]],
  ["eu-south(-1|-2)?|europe-(southwest|west8).*|mad.*|mil.*", [41.9, 9.0]],
  ["me-.*|uaenorth|dxb.*", [25.2, 55.27]],
  ["af-south(-1)?|africa-south.*|southafricanorth|jnb.*|cpt.*", [-26.2, 28.05]],
  ["ap-south(-1)?|asia-south1|centralindia|bom.*", [19.08, 72.88]],
  ["ap-southeast(-1)?|asia-southeast1|southeastasia|sin.*", [1.35, 103.82]],
  ["ap-southeast-2|australia-southeast1|australiaeast|syd.*", [-33.87, 151.21]],
  ["ap-northeast(-1)?|asia-northeast1|japaneast|nrt.*|tyo.*", [35.68, 139.69]],
  ["ap-northeast-2|asia-northeast3|koreacentral|icn.*", [37.57, 126.98]],
  ["ap-east(-1)?|asia-east2|eastasia|hkg.*", [22.32, 114.17]],
];

const digits = "0123456789bcdefghjkmnpqrstuvwxyz";

/** The geohash of a place: a text of 5 bits per digit, longitude first, that Grafana's map reads. */
export function geohash([latitude, longitude]: Place, length = 6): string {
  const ranges = [
    { low: -180, high: 180, value: longitude },
    { low: -90, high: 90, value: latitude },
  ];
  let hash = "";
  for (let at = 0; at < length * 5; at += 5) {
    let digit = 0;
    for (let bit = at; bit < at + 5; bit += 1) {
      const range = ranges[bit % 2] as (typeof ranges)[number];
      const middle = (range.low + range.high) / 2;
      const isUpper = range.value >= middle;
      if (isUpper) range.low = middle;
      else range.high = middle;
      digit = digit * 2 + Number(isUpper);
    }
    hash += digits[digit] ?? "";
  }
  return hash;
}

/** Series by `cloud_region` with the label `geohash` where their region is known; those of other regions are left out. */
export function placed(of: { readonly text: string }): { readonly text: string } {
  const text = places.reduce(
    (inner, [names, place]) => `label_replace(${inner}, "geohash", "${geohash(place)}", "cloud_region", "${names}")`,
    of.text,
  );
  return { text };
}
