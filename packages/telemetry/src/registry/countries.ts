import { type ClosedSet, closed } from "./attribute-set.ts";

/**
 * ISO 3166-1 alpha-2 codes by the region of metrics.md §2. A country lies where its traffic does rather than where its shelf does:
 * the Caucasus and Central Asia with Europe. Uninhabited territories and `ZZ` (unknown) have no region.
 */
const countriesOf = {
  africa:
    "AO BF BI BJ BW CD CF CG CI CM CV DJ ER ET GA GH GM GN GQ GW KE KM LR LS MG ML MR MU MW MZ NA NE NG RE RW SC SD SH SL SN SO SS ST SZ TD TG TZ UG YT ZA ZM ZW",
  east_asia: "CN HK JP KP KR MN MO TW",
  europe:
    "AD AL AM AT AX AZ BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GE GG GI GR HR HU IE IM IS IT JE KG KZ LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM TJ TM UA UZ VA",
  latam:
    "AG AI AR AW BB BL BO BQ BR BS BZ CL CO CR CU CW DM DO EC FK GD GF GP GT GY HN HT JM KN KY LC MF MQ MS MX NI PA PE PR PY SR SV SX TC TT UY VC VE VG VI",
  mena: "AE BH DZ EG EH IL IQ IR JO KW LB LY MA OM PS QA SA SY TN TR YE",
  north_america: "BM CA GL PM US",
  oceania: "AS AU CC CK CX FJ FM GU KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TO TV UM VU WF WS",
  south_asia: "AF BD BT IN IO LK MV NP PK",
  southeast_asia: "BN ID KH LA MM MY PH SG TH TL VN",
  unknown: "AQ BV GS HM TF",
} as const;

type Codes<S extends string, Found = never> = S extends `${infer Code} ${infer Rest}` ? Codes<Rest, Found | Code> : Found | S;
/** Where viewers are (metrics.md §2). */
export type Region = keyof typeof countriesOf;
/** ISO 3166-1 alpha-2 in upper case, `ZZ` for an unknown one. */
export type Country = Codes<(typeof countriesOf)[Region]> | "ZZ";

const regions: ReadonlyMap<string, Region> = new Map(
  Object.entries(countriesOf).flatMap(([region, codes]) => codes.split(" ").map((code) => [code, region as Region] as const)),
);

/** Every country in order, then `ZZ`: where a viewer is, which only the gateway knows. */
export const country: ClosedSet<Country> = closed(...([...regions.keys()].toSorted() as Country[]), "ZZ");

/** The country that a token or an edge names, in upper case; `ZZ` for any other text. */
export function countryOf(text: string | undefined): Country {
  const code = text?.toUpperCase() ?? "";
  return regions.has(code) ? (code as Country) : "ZZ";
}

/** The region of a country (metrics.md §6); `unknown` for `ZZ` and uninhabited territories. */
export function regionOf(country: Country): Region {
  return regions.get(country) ?? "unknown";
}
