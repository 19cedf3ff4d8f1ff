import type { OptionTable } from "@moqscope/telemetry/options";
import { algorithmNames } from "@moqscope/token";

const key = { flag: "--key", env: "MOQSCOPE_TOKEN_KEY", type: "string" } as const;

/** What `moqscope-relay token generate` can be told. */
export const generateTable = {
  algorithm: {
    flag: "--algorithm",
    env: "MOQSCOPE_TOKEN_ALGORITHM",
    type: "string",
    choices: algorithmNames,
    default: "ES256",
    description: "Of the signatures; HS256 to HS512 need the same secret at issuer and relay, the others only their public half there",
  },
  kid: { flag: "--kid", type: "string", description: "Id of the key, which names its file in a folder of keys; default random" },
  out: { flag: "--out", type: "string", description: "File for the whole key, which signs; default stdout. It must not exist yet" },
  publicOut: { flag: "--public-out", type: "string", description: "File for its public half, which the relay needs" },
} as const satisfies OptionTable;

/** What `moqscope-relay token sign` can be told. */
export const signTable = {
  key: { ...key, required: true, description: "JWK file that signs" },
  root: { flag: "--root", type: "string", default: "", description: "Path that --put and --get are relative to" },
  put: { flag: "--put", type: "strings", description: "Path below which to let publish; / for all below the root; may be repeated" },
  get: { flag: "--get", type: "strings", description: "Path below which to let watch; / for all below the root; may be repeated" },
  life: { flag: "--life", type: "duration", default: "1h", description: "How long it is worth something; 0 for ever" },
  country: { flag: "--country", type: "string", description: "Country of the viewer (ISO 3166-1 alpha-2), for the gateway" },
} as const satisfies OptionTable;

/** What `moqscope-relay token inspect` can be told. */
export const inspectTable = {
  token: { flag: "--token", env: "MOQSCOPE_TOKEN", type: "string", secret: true, description: "The token; default what stdin says" },
  key: { ...key, description: "JWK file to prove it with" },
} as const satisfies OptionTable;
