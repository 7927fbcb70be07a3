# syntax=docker/dockerfile:1
#   docker build --target agent -t busbar .
#   docker run --read-only -v ./busbar.yaml:/etc/busbar/busbar.yaml:ro -v busbar-state:/var/lib/busbar busbar

FROM swift:6.2-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends pkg-config libmosquitto-dev libsnmp-dev libsqlite3-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Package.swift ./
COPY Sources Sources
# Not built, but the package names their folders.
COPY Tests Tests
RUN swift build --configuration release --static-swift-stdlib --product busbar \
    && install -D --strip "$(swift build --configuration release --static-swift-stdlib --show-bin-path)/busbar" \
        /out/busbar

FROM debian:bookworm-slim AS agent
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates libmosquitto1 libsnmp40 libsqlite3-0 libstdc++6 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 8480 busbar \
    && useradd --uid 8480 --gid busbar --no-create-home --home-dir /nonexistent \
        --shell /usr/sbin/nologin busbar \
    && install -d -o busbar -g busbar -m 700 /var/lib/busbar
COPY --from=build /out/busbar /usr/local/bin/busbar
# By number, so that whoever runs it can see that it is not root.
USER 8480:8480
VOLUME /var/lib/busbar
# Whether the agent answers; a broker or a device that is away is no reason to start it anew.
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["busbar", "health"]
ENTRYPOINT ["busbar"]
CMD ["agent", "--config", "/etc/busbar/busbar.yaml"]

# The same with snmpd, for `busbar simulate`.
FROM agent AS simulators
USER root
RUN apt-get update \
    && apt-get install -y --no-install-recommends snmpd \
    && rm -rf /var/lib/apt/lists/*
USER 8480:8480
# A simulator is no agent.
HEALTHCHECK NONE
