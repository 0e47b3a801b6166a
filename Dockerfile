# syntax=docker/dockerfile:1
# The gateway as an image: built on Debian bookworm, run on Debian bookworm with the two libraries it links to.

FROM rust:1.95.0-slim-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev pkg-config libssl-dev libpq-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
RUN cargo build --locked --release --bin portcullis && strip target/release/portcullis

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl libpq5 libssl3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/portcullis --create-home --shell /usr/sbin/nologin portcullis \
    && chmod 700 /var/lib/portcullis
COPY --from=build /build/target/release/portcullis /usr/local/bin/portcullis
COPY --from=build /build/catalogues /usr/share/portcullis/catalogues
USER 10001
VOLUME /var/lib/portcullis
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:8080/readyz"]
ENTRYPOINT ["portcullis"]
CMD ["serve", "--data-dir", "/var/lib/portcullis", "--listen", "0.0.0.0:8080"]
