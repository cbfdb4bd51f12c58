# The MSEE pair as an image of one file: docker build -t msee .
# Where no image registry can be reached, examples/base-image.sh makes what it is built from.
ARG BUILD=rust:1-bookworm
ARG RUNTIME=scratch

# Everything but the program, for who has built that already.
FROM ${RUNTIME} AS runtime
LABEL org.opencontainers.image.title="msee" \
      org.opencontainers.image.description="Azure ExpressRoute emulator for the lab: the two MSEE routers as one daemon" \
      org.opencontainers.image.licenses="Apache-2.0 OR MIT"
# Nobody in particular. Port 179 is free to all in a container of Docker; elsewhere set the sysctl
# net.ipv4.ip_unprivileged_port_start=0 for it.
USER 65532:65532
ENV PATH=/usr/bin
ENTRYPOINT ["/usr/bin/msee"]
CMD ["run", "-c", "/etc/msee/msee.toml"]
STOPSIGNAL SIGTERM
# Asks the control endpoint at its usual place; MSEE_CONTROL names another one.
HEALTHCHECK --interval=5s --timeout=3s --start-period=5s CMD ["/usr/bin/msee", "doctor", "--quick"]

# Linked statically, the program needs nothing of an image. --target keeps that from build scripts and macros.
FROM ${BUILD} AS build
# Engines without BuildKit keep this stage: docker image prune --filter label=msee.stage=build
LABEL msee.stage=build
# --build-arg PROFILE=dev builds in a fraction of the time.
ARG PROFILE=release
WORKDIR /src
COPY . .
RUN host=$(rustc -vV | sed -n 's/^host: //p') \
 && RUSTFLAGS="-C target-feature=+crt-static" CARGO_PROFILE_RELEASE_DEBUG=false CARGO_PROFILE_DEV_DEBUG=false \
    cargo install --path . --locked --bin msee --profile "$PROFILE" --target "$host" --root /image/usr --no-track

FROM runtime
COPY --from=build /image /
