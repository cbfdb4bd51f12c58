#!/usr/bin/env bash
# msee for arm64, made and tried on a machine that is none: compiled by Debian's cross compiler, run by qemu. On Debian, with
# the packages gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and qemu-user-static, and rustup's target aarch64-unknown-linux-gnu.
#   packaging/arm64.sh            compiles the program and runs `msee lab --check`
#   packaging/arm64.sh tests      runs the unit tests of messages, routes and forwarding tables
#   packaging/arm64.sh image      makes the image msee:arm64 of the program, and runs that; needs BuildKit
# PROFILE=dev compiles in a fraction of the time. On an arm64 machine itself `docker build -t msee .` is all that it takes.
set -euo pipefail
cd "$(dirname "$0")/.."
target=aarch64-unknown-linux-gnu
profile=${PROFILE:-release}
[ "$profile" = dev ] && built=target/$target/debug || built=target/$target/$profile
qemu=qemu-aarch64-static
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER=$qemu
export RUSTFLAGS="-C target-feature=+crt-static" CARGO_PROFILE_RELEASE_DEBUG=false CARGO_PROFILE_DEV_DEBUG=false

fail() {
    echo "arm64.sh: $*" >&2
    exit 1
}

program() {
    for tool in aarch64-linux-gnu-gcc $qemu; do
        command -v $tool >/dev/null ||
            fail "there is no $tool; install the Debian packages gcc-aarch64-linux-gnu, libc6-dev-arm64-cross, qemu-user-static"
    done
    [ -d "$(rustc --print sysroot)/lib/rustlib/$target" ] || fail "run: rustup target add $target"
    cargo build --locked --bin msee --target $target --profile "$profile"
}

image() {
    local work
    work=$(mktemp -d)
    trap 'rm -rf "$work"' RETURN
    cp "$built/msee" "$work/"
    printf 'FROM msee:arm64-runtime\nCOPY msee /usr/bin/msee\n' >"$work/Dockerfile"
    export DOCKER_BUILDKIT=1
    docker build -q --platform linux/arm64 --target runtime -t msee:arm64-runtime . >/dev/null
    docker build -q --platform linux/arm64 -t msee:arm64 "$work" >/dev/null
    docker image rm msee:arm64-runtime >/dev/null
    [ "$(docker inspect -f '{{.Architecture}}' msee:arm64)" = arm64 ] ||
        fail "the engine has made an image for another processor: it has no BuildKit (Debian: docker-buildx, or /usr/bin/docker of docker.io)"
    # The emulator goes in by its path, so that the kernel need not know it.
    docker run --rm --platform linux/arm64 --volume "$(command -v $qemu):/qemu:ro" --entrypoint /qemu msee:arm64 \
        /usr/bin/msee --version
}

case ${1:-program} in
program) program && $qemu "$built/msee" lab --check ;;
tests) program && cargo test --locked --lib --target $target -- wire:: rib:: fib:: ;;
image) program && image ;;
*) fail "nothing, tests, or image" ;;
esac
