# syntax=docker/dockerfile:1
#   docker build -t busbar .
#   docker run --init --read-only -v ./config:/etc/busbar:ro -v busbar-state:/var/lib/busbar busbar

FROM swift:6.3-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        pkg-config libmosquitto-dev libsnmp-dev libsqlite3-dev libssl-dev python3 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Package.swift ./
COPY Plugins Plugins
COPY Sources Sources
# What the build puts into the program, and how.
COPY docs/openapi.yaml docs/
COPY scripts/build-release scripts/embed-files scripts/make-icu-data scripts/
# Not built, but the package names their folders.
COPY Tests Tests
RUN scripts/build-release busbar && install -D --strip .build-release/release/busbar /out/busbar

FROM debian:bookworm-slim AS base
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates libmosquitto1 libsnmp40 libsqlite3-0 libssl3 libstdc++6 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 8480 busbar \
    && useradd --uid 8480 --gid busbar --no-create-home --home-dir /nonexistent \
        --shell /usr/sbin/nologin busbar \
    && install -d -o busbar -g busbar -m 700 /var/lib/busbar
# By number, so that whoever runs it can see that it is not root.
USER 8480:8480
ENTRYPOINT ["busbar"]

# For `busbar simulate`, which needs a real snmpd.
FROM base AS simulators
USER root
RUN apt-get update \
    && apt-get install -y --no-install-recommends snmp snmpd \
    && rm -rf /var/lib/apt/lists/*
USER 8480:8480
COPY --from=build /out/busbar /usr/local/bin/busbar

# The last one is what is built where no other is named.
FROM base AS agent
COPY --from=build /out/busbar /usr/local/bin/busbar
VOLUME /var/lib/busbar
# Whether the agent answers; a broker or a device that is away is no reason to start it anew.
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["busbar", "health"]
CMD ["agent", "--config", "/etc/busbar/busbar.yaml"]
