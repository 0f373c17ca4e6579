# Anvil's image: one process, `anvil-server`, as a user without rights, on a file system that may be read-only.
# The database is another container or a server. docs/deploy/docker.md shows how it is run.
#
#   docker build -t anvil/app --build-arg VERSION=0.1.0 --build-arg REVISION="$(git rev-parse HEAD)" .

# --build-arg NODE_IMAGE=… and RUNTIME_IMAGE=… take other base images, such as those of a mirror. The images themselves are
# stages, since Dependabot updates no image in an ARG.
ARG NODE_IMAGE=node
ARG RUNTIME_IMAGE=runtime
FROM node:24-bookworm-slim AS node
FROM gcr.io/distroless/cc-debian12 AS runtime

# ── packages: all of them, once per lock file ──
FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY core/package.json core/
COPY client/package.json client/
# No package of ours needs its install script at build or run time.
RUN npm ci --no-progress --ignore-scripts

# ── build: the bundles, and beside them the packages they import, nothing else ──
FROM packages AS build
COPY . .
RUN node scripts/build.mjs && node scripts/image-files.mjs /image/app
COPY deploy/image/ /image/

# ── commit: apart, so that a new commit that changes nothing else reuses the layers of build ──
FROM build AS commit
ARG REVISION=unknown
RUN printf '%s\n' "$REVISION" >/commit

# ── init: reaps what a killed child leaves, hands on signals; linked statically, for the next stage has no shell ──
FROM ${NODE_IMAGE} AS init
RUN apt-get update && apt-get install -y --no-install-recommends tini

# ── what runs: the libraries that Node wants, Node and Anvil; no shell, no package manager, no npm, no sources ──
FROM ${RUNTIME_IMAGE}
COPY --from=init /usr/bin/tini-static /usr/local/bin/tini
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build /image/ /
COPY --from=commit /commit /app/build/commit

ENV NODE_ENV=production
WORKDIR /app
USER 10001:10001
EXPOSE 4000
STOPSIGNAL SIGTERM

# The process alone: a check that asked the database would have every container restarted when that is away for a
# moment. Whoever sends traffic asks /ready.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "/app/healthcheck.mjs", "/live"]

# -s: reap children also where the platform puts an init of its own before this one.
ENTRYPOINT ["tini", "-s", "--"]
CMD ["node", "build/server.mjs"]

# Last, so that a new commit that changes nothing else reuses the layers above.
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Anvil" \
  org.opencontainers.image.description="A self-hosted package manager for LLM prompts" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="$VERSION" \
  org.opencontainers.image.revision="$REVISION"
