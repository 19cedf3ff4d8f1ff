# syntax=docker/dockerfile:1

# docker build --target relay (or gateway, cli, demo) .
# QUIC=none leaves the addon in Rust out: the relay and the CLI then speak WebSocket only, and the build needs no minutes of cargo.
ARG NODE=26.10.0-bookworm-slim
ARG RUST=1.95.0-bookworm
ARG QUIC=build

FROM node:${NODE} AS node

FROM rust:${RUST} AS quic-build
COPY --from=node /usr/local/bin/node /usr/local/bin/node
WORKDIR /src
COPY packages/quic/crate packages/quic/crate
COPY scripts/quic-build.ts scripts/quic-build.ts
RUN --mount=type=cache,target=/usr/local/cargo/registry node scripts/quic-build.ts

FROM node AS quic-none
RUN mkdir -p /src/packages/quic/native

FROM quic-${QUIC} AS quic

# Everything is built once; each image takes its own folder of it.
FROM node AS build
ENV CI=true TURBO_TELEMETRY_DISABLED=1 DO_NOT_TRACK=1
RUN npm install --global pnpm@10.34.9
WORKDIR /src
# What is downloaded changes with the lock file alone.
COPY pnpm-lock.yaml pnpm-workspace.yaml package.json ./
RUN --mount=type=cache,target=/root/.local/share/pnpm/store pnpm fetch
COPY . .
COPY --from=quic /src/packages/quic/native packages/quic/native
RUN --mount=type=cache,target=/root/.local/share/pnpm/store \
    pnpm install --frozen-lockfile --prefer-offline \
    && pnpm build \
    && node scripts/image/assemble.ts /out

FROM node AS base
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.source="https://github.com/moqscope/moqscope" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production
WORKDIR /app
COPY scripts/image/health.ts /moqscope/health.ts
USER node

FROM base AS relay
LABEL org.opencontainers.image.title="moqscope-relay" \
      org.opencontainers.image.description="A MoQ relay that can be seen through"
COPY --from=build /out/relay ./
# Inside a container loopback is the container's own: who is let in says what is published.
ENV MOQSCOPE_RELAY_ADMIN_LISTEN=0.0.0.0:4444
EXPOSE 4443/tcp 4443/udp 4444/tcp
HEALTHCHECK --interval=10s --timeout=4s --start-period=10s --retries=3 CMD ["node", "/moqscope/health.ts", "http://127.0.0.1:4444/health"]
ENTRYPOINT ["node", "bin/moqscope-relay.js"]

FROM base AS gateway
LABEL org.opencontainers.image.title="moqscope-gateway" \
      org.opencontainers.image.description="OTLP in, right numbers out: the telemetry of a fleet of players"
COPY --from=build /out/gateway ./
USER root
RUN mkdir -p /var/lib/moqscope && chown node:node /var/lib/moqscope
USER node
# The public ingest takes another address than loopback only with tokens: --auth-public, --auth-key or --auth-key-dir.
ENV MOQSCOPE_GATEWAY_INGEST_LISTEN=0.0.0.0:4319 \
    MOQSCOPE_GATEWAY_OTLP_LISTEN=0.0.0.0:4318 \
    MOQSCOPE_GATEWAY_CONSOLE_LISTEN=0.0.0.0:4320 \
    MOQSCOPE_GATEWAY_STORE_DIR=/var/lib/moqscope
VOLUME /var/lib/moqscope
EXPOSE 4318/tcp 4319/tcp 4320/tcp
HEALTHCHECK --interval=10s --timeout=4s --start-period=20s --retries=3 CMD ["node", "/moqscope/health.ts", "http://127.0.0.1:4320/health"]
ENTRYPOINT ["node", "bin/moqscope-gateway.js"]

FROM base AS cli
LABEL org.opencontainers.image.title="moqscope" \
      org.opencontainers.image.description="Headless MoQ publisher and viewer"
COPY --from=build /out/cli ./
# A publisher is well while the relay of MOQSCOPE_URL announces MOQSCOPE_BROADCAST.
HEALTHCHECK --interval=10s --timeout=4s --start-period=15s --retries=3 CMD ["node", "/moqscope/health.ts", "--announced"]
ENTRYPOINT ["node", "bin/moqscope.js"]
CMD ["--help"]

FROM base AS demo
LABEL org.opencontainers.image.title="moqscope-demo" \
      org.opencontainers.image.description="The watch page"
COPY scripts/image/static-server.ts /moqscope/static-server.ts
COPY --from=build /out/demo ./
EXPOSE 5173/tcp
HEALTHCHECK --interval=10s --timeout=4s --start-period=5s --retries=3 CMD ["node", "/moqscope/health.ts", "http://127.0.0.1:5173/health"]
ENTRYPOINT ["node", "/moqscope/static-server.ts", "/app"]
