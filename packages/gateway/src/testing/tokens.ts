import { generateKey, type Key, type PublicPrefixes, signToken } from "@moqscope/token";
import type { GatewayOptions } from "../options.ts";
import { post, TestGateway } from "./gateway.ts";

export const sessionId = "0123456789abcdef";

/** A gateway whose public face asks for tokens, and the key of the MoQ JWTs that it takes. */
export class TokenGateway extends TestGateway {
  readonly key: Key;

  static async open(options: GatewayOptions & { readonly publicPrefixes?: PublicPrefixes } = {}): Promise<TokenGateway> {
    const { publicPrefixes = {}, ...rest } = options;
    const key = await generateKey("ES256", "test");
    const tokens = { keys: { find: () => Promise.resolve(key) }, publicPrefixes, secret: Buffer.alloc(32, 7), ...rest.tokens };
    const { gateway, clock } = await TestGateway.start({ ...rest, tokens });
    return new TokenGateway(gateway, clock, key);
  }

  private constructor(gateway: TestGateway["gateway"], clock: TestGateway["clock"], key: Key) {
    super(gateway, clock);
    this.key = key;
  }

  /** A MoQ JWT of this issuer. */
  jwt(claims: Parameters<typeof signToken>[1]): Promise<string> {
    return signToken(this.key, claims, () => this.clock.wall());
  }

  /** Asks for a telemetry token. */
  exchange(body: unknown, jwt?: string): Promise<Response> {
    return post(`${this.gateway.ingestUrl}/v1/token`, body, jwt === undefined ? {} : { authorization: `Bearer ${jwt}` });
  }

  /** A telemetry token; fails where the gateway gives none. */
  async token(sid = sessionId, jwt?: string, broadcast = "demo/room"): Promise<string> {
    const given = jwt ?? (await this.jwt({ root: "demo", get: "", put: "" }));
    const response = await this.exchange({ sid, broadcast, role: "player" }, given);
    const answer = (await response.json()) as { token?: string; error?: string };
    if (answer.token === undefined) throw new Error(answer.error ?? "no token");
    return answer.token;
  }
}
