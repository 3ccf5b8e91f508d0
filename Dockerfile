# The program without a window. Build: docker build -t kafka-image-bench .
FROM rust:1.95-slim-trixie AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends g++ make perl \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked --no-default-features --features embedded-broker,metrics --bin kafka-image-bench \
    && cp target/release/kafka-image-bench /usr/local/bin/

FROM debian:trixie-slim
RUN useradd --create-home --uid 10001 bench \
    && mkdir /work \
    && chown bench:bench /work
COPY --from=build /usr/local/bin/kafka-image-bench /usr/local/bin/
COPY --from=build /build/scripts/docker-entrypoint /build/scripts/docker-healthcheck /usr/local/bin/
COPY --from=build /build/LICENSE /usr/share/doc/kafka-image-bench/
# Images are read from /work/Labeled_Images unless --input is given; output goes to /work. The entry point starts the
# program as the owner of the folder that it writes to: user 10001 if nothing is mounted.
WORKDIR /work
ENTRYPOINT ["docker-entrypoint"]
CMD ["stream"]
