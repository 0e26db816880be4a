# Clavero in containers: an image for each program, of which compose.yaml makes a site.
#
#   docker build --target server -t clavero-server .
#   docker build --target proxy -t clavero-proxy .
#   docker build --target shell -t clavero-shell .
#
# The entry point of each image is its program, so `docker run clavero-server init --help` is `claverod init --help`. A
# daemon takes its settings from the environment (claverod(8), clavero-proxy(8)), so that the health check, a process of
# its own, has the same. No image needs its root filesystem to be writable, a capability, or another user than 950.
#
# The build keeps packages and object files in caches, so a build after a change compiles only what has changed.

FROM swift:6.3.1-bookworm AS build
# The newest security fixes of the release are wanted, so no versions are pinned.
# hadolint ignore=DL3008
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    rm -f /etc/apt/apt.conf.d/docker-clean \
    && apt-get update \
    && apt-get install -y --no-install-recommends libpq-dev libreadline-dev libsqlite3-dev libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# Package.swift then leaves out the tests and the benchmarks, whose sources are not here.
ENV CLAVERO_PROGRAMS_ONLY=1
COPY Package.swift ./
COPY Sources Sources
COPY packaging/release.json packaging/start-order.txt packaging/
# The options are those of `make release`.
RUN --mount=type=cache,target=/root/.cache/org.swift.swiftpm,sharing=locked \
    --mount=type=cache,target=/src/.build,sharing=locked \
    set -- -c release --static-swift-stdlib --disable-local-rpath --toolset packaging/release.json \
        --explicit-target-dependency-import-check error \
    && for product in claverod clavero-proxy clavero; do swift build "$@" --product "$product" || exit; done \
    && bin=$(swift build "$@" --show-bin-path) \
    && install -D -s -t /out "$bin/claverod" "$bin/clavero-proxy" "$bin/clavero"

# What all three have: a library, and a user without a shell. A volume that is new gets the owner of the directory
# that it is mounted on.
FROM debian:bookworm-slim AS system
# The lists of apt stay for the next stages; trim-root removes them.
# hadolint ignore=DL3008,DL3009
RUN apt-get update \
    && apt-get install -y --no-install-recommends libstdc++6 \
    && groupadd --system --gid 950 clavero \
    && useradd --system --uid 950 --gid clavero --home-dir /home/clavero --shell /usr/sbin/nologin clavero \
    && install -d -m 0700 -o clavero -g clavero /etc/clavero /run/clavero /home/clavero
COPY packaging/trim-root /usr/local/sbin/

# The root filesystem of each image, without what its program does not use.
FROM system AS server-system
# libpq is loaded for a database on a PostgreSQL server, as the second site of compose.yaml has one.
# hadolint ignore=DL3008
RUN apt-get install -y --no-install-recommends libpq5 libsqlite3-0 libssl3 \
    && install -d -m 0700 -o clavero -g clavero /var/lib/clavero /etc/clavero/proxy /etc/clavero/public \
    && trim-root

FROM system AS proxy-system
RUN trim-root

FROM system AS shell-system
# hadolint ignore=DL3008
RUN apt-get install -y --no-install-recommends libreadline8 \
    && trim-root

FROM scratch AS runtime
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# A daemon drains at SIGTERM.
STOPSIGNAL SIGTERM
LABEL org.opencontainers.image.vendor="Clavero's maintainers" \
      org.opencontainers.image.authors="Clavero's maintainers <maintainers@clavero.example>" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/library/debian:bookworm-slim"

# Whoever passes on a program has to pass on LICENSE and NOTICE with it.
FROM runtime AS server
# The copy is the image's only layer of Debian, so what was removed takes no room.
# hadolint ignore=DL3067
COPY --from=server-system / /
COPY LICENSE NOTICE /usr/local/share/doc/clavero/
COPY man/clavero.7 man/clavero-protocol.7 /usr/local/share/man/man7/
COPY man/claverod.8 /usr/local/share/man/man8/
COPY man/clavero.conf.5 /usr/local/share/man/man5/
COPY man/clavero-plugin.7 /usr/local/share/man/man7/
COPY --from=build /out/claverod /usr/local/bin/
USER 950:950
ENV CLAVERO_DATA_DIR=/var/lib/clavero
WORKDIR /var/lib/clavero
VOLUME /var/lib/clavero
# compose.yaml has a start interval too, which not every builder knows here.
HEALTHCHECK --interval=10s --timeout=10s --start-period=30s --retries=3 CMD ["claverod", "check"]
ENTRYPOINT ["claverod"]
# These are last, because they change with each commit.
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="claverod" \
      org.opencontainers.image.description="Clavero's server: identities, keys, encryption, log-in, verification" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED"

FROM runtime AS proxy
# hadolint ignore=DL3067
COPY --from=proxy-system / /
COPY LICENSE NOTICE /usr/local/share/doc/clavero/
COPY man/clavero.7 man/clavero-protocol.7 /usr/local/share/man/man7/
COPY man/clavero-proxy.8 /usr/local/share/man/man8/
COPY man/clavero.conf.5 /usr/local/share/man/man5/
COPY --from=build /out/clavero-proxy /usr/local/bin/
USER 950:950
ENV CLAVERO_LISTEN=0.0.0.0:6000
EXPOSE 6000 6443
HEALTHCHECK --interval=10s --timeout=10s --start-period=30s --retries=3 CMD ["clavero-proxy", "check"]
ENTRYPOINT ["clavero-proxy"]
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="clavero-proxy" \
      org.opencontainers.image.description="Clavero's proxy: carries every client session to the servers" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED"

FROM runtime AS shell
# hadolint ignore=DL3067
COPY --from=shell-system / /
COPY LICENSE NOTICE /usr/local/share/doc/clavero/
COPY man/clavero.7 man/clavero-protocol.7 /usr/local/share/man/man7/
COPY man/clavero.1 /usr/local/share/man/man1/
COPY --from=build /out/clavero /usr/local/bin/
USER 950:950
WORKDIR /home/clavero
# It serves nobody.
HEALTHCHECK NONE
ENTRYPOINT ["clavero"]
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=unknown
# The program is linked with GNU readline, so as a whole it is under the GPL; NOTICE has more.
LABEL org.opencontainers.image.title="clavero" \
      org.opencontainers.image.description="Clavero's client: a shell, and a tool for scripts" \
      org.opencontainers.image.licenses="Apache-2.0 AND GPL-3.0-or-later" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED"
