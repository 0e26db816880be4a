# Clavero: the servers, the proxy and the client in one image.
#
#   docker build -t clavero .
#   docker network create clavero
#   docker run --rm -v clavero:/var/lib/clavero clavero claverod init --name gate.example /var/lib/clavero
#   docker run --rm -v clavero:/var/lib/clavero:ro -v clavero-proxy:/etc/clavero --user 0 clavero \
#       sh -c 'cp -p link/ca.crt link/proxy.* tls/server.* /etc/clavero'
#   docker run -d --network clavero --name keys -v clavero:/var/lib/clavero clavero \
#       claverod --plugins keys --listen 0.0.0.0:5000
#   docker run -d --network clavero --name auth -v clavero:/var/lib/clavero clavero \
#       claverod --plugins auth --listen 0.0.0.0:5001
#   docker run -d --network clavero --name proxy -p 6000:6000 -p 6443:6443 -v clavero-proxy:/etc/clavero:ro clavero \
#       clavero-proxy --name gate.example --listen 0.0.0.0:6000 --listen-tls 0.0.0.0:6443 \
#       --tls-certificate /etc/clavero/server.crt --tls-key /etc/clavero/server.key \
#       --link-certificate /etc/clavero/proxy.crt --link-key /etc/clavero/proxy.key \
#       --link-authority /etc/clavero/ca.crt --upstream keys:5000 --upstream auth:5001
#   docker exec auth clavero --socket auth.sock ACCOUNTS
#
# The proxy sees copies of its own keys only, and the links have TLS by the certificates that init made. Publish no port
# but the proxy's. Clients from outside come with TLS, and know the proxy by tls/server.crt.

FROM swift:6.3.1-bookworm AS build
# The newest security fixes of the release are wanted, so no versions are pinned.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libreadline-dev libsqlite3-dev libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Package.swift ./
RUN swift package resolve
COPY Sources Sources
COPY Tests Tests
COPY Benchmarks Benchmarks
# One by one: the tests' support builds for debugging only.
RUN for product in claverod clavero-proxy clavero; do \
        swift build -c release --static-swift-stdlib --explicit-target-dependency-import-check error \
            --product $product || exit; \
    done \
    && bin=$(swift build -c release --static-swift-stdlib --show-bin-path) \
    && install -D -s -t /out/bin "$bin/claverod" "$bin/clavero-proxy" "$bin/clavero"

FROM debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libreadline8 libsqlite3-0 libssl3 libstdc++6 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 950 clavero \
    && useradd --system --uid 950 --gid clavero --home-dir /var/lib/clavero --shell /usr/sbin/nologin clavero \
    && install -d -m 0700 -o clavero -g clavero /var/lib/clavero
COPY --from=build /out/bin/ /usr/local/bin/
COPY man/*.1 /usr/local/share/man/man1/
COPY man/*.7 /usr/local/share/man/man7/
COPY man/*.8 /usr/local/share/man/man8/
USER 950:950
WORKDIR /var/lib/clavero
ENV CLAVERO_DATA_DIR=/var/lib/clavero
VOLUME /var/lib/clavero
EXPOSE 5000 5001 6000 6443
# One process a container: name another as the command, or set CLAVERO_PLUGINS and the other settings by environment.
# A daemon drains at SIGTERM.
STOPSIGNAL SIGTERM
CMD ["claverod"]
