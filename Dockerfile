# syntax=docker/dockerfile:1
# The program in an image of its own: built from source, run as nobody, on a root that can be read only.
#   docker build -t callcentre:$(git describe --tags --always) --build-arg REVISION=$(git rev-parse HEAD) .

FROM rust:1.95-trixie AS build
WORKDIR /src
COPY . .
# The caches hold crates and objects between builds; nothing of them gets into the image.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo build --release --locked --features pg-tls \
    && install -D target/release/callcentre /out/callcentre

FROM debian:trixie-slim
ARG REVISION=unknown
LABEL org.opencontainers.image.title="callcentre" \
      org.opencontainers.image.description="Workplace of a repair-dispatch call centre: calls and chats become orders" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.revision="${REVISION}"
# Trusted authorities for the services outside, time zones of cities, and what backups are taken with.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends age ca-certificates postgresql-client tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 callcentre \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin callcentre \
    && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/callcentre
COPY --from=build /out/callcentre /usr/bin/callcentre
ENV LISTEN=0.0.0.0:8080 \
    DATA_DIR=/var/lib/callcentre \
    LOG_FORMAT=json
USER 10001:10001
VOLUME /var/lib/callcentre
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["/usr/bin/callcentre", "health"]
ENTRYPOINT ["/usr/bin/callcentre"]
CMD ["serve"]
