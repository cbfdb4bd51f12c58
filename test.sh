#!/usr/bin/env bash
# Every check of this repository, on Debian or Ubuntu: format, lints, all tests, the latter against real BIRD, FRR,
# GoBGP and OpenBGPD in network namespaces. Installs what is missing; nothing is left behind, and nothing is left out but the
# image and the compose labs where no container engine answers (.ci/run starts one), and the Debian package where cargo-deb or
# debootstrap is missing.
set -euo pipefail
cd "$(dirname "$0")"

if [ "$(id -u)" -ne 0 ]; then
    # The tests make namespaces: only they run as root, the build does not.
    host=$(rustc -vV | sed -n 's/^host: //p' | tr 'a-z-' 'A-Z_')
    export "CARGO_TARGET_${host}_RUNNER=sudo --preserve-env"
fi

left_behind() {
    ip netns list | grep -o '^msee-[0-9]*-[^ ]*' || true
    pgrep -af '/msee-lab-' || true
    docker ps -a --filter name=msee-test- --format 'container {{.Names}}' 2>/dev/null || true
    docker network ls --filter name=msee-test- --format 'network {{.Name}}' 2>/dev/null || true
}

tests/install.sh bird2 frr gobgpd iproute2 kmod libfaketime openbgpd procps stayrtr tcpdump user-mode-linux
before=$(left_behind)

cargo fmt --check
# What builds C besides is off by default; the tests have it on.
features=(--features rpki,fault-injection)
cargo clippy --locked --all-targets -- -D warnings
cargo clippy --locked --all-targets "${features[@]}" -- -D warnings

# The other processor that there are images for; packaging/arm64.sh runs it.
arm64=aarch64-unknown-linux-gnu
if [ -d "$(rustc --print sysroot)/lib/rustlib/$arm64" ]; then
    cargo check --locked --target "$arm64"
else
    echo "left out: whether it compiles for arm64; it needs rustup target add $arm64"
fi

# More tests at once than processors: most of their time they wait for a daemon's timer.
export MSEE_REQUIRE_PEERS=1 RUST_TEST_THREADS="${RUST_TEST_THREADS:-6}"
cargo test --locked "${features[@]}"
# What needs VLANs has been left out by a kernel without: once more, under one that has them.
if [ "$(id -u)" -eq 0 ] && ! modprobe -q 8021q; then
    tests/with-8021q.sh cargo test --offline --locked "${features[@]}" --test interop vlan
fi

if [ -f fuzz/Cargo.toml ] && cargo +nightly --version >/dev/null 2>&1; then
    cargo +nightly check --locked --manifest-path fuzz/Cargo.toml
fi

# What needs a database of advisories, and so a network, is asked where it is installed.
if cargo deny --version >/dev/null 2>&1; then
    cargo deny --locked check
fi
if cargo audit --version >/dev/null 2>&1; then
    cargo audit
fi

# The Debian package, in a Debian of its own.
if [ "$(id -u)" -eq 0 ] && command -v cargo-deb >/dev/null && command -v debootstrap >/dev/null; then
    packaging/deb.sh dev
    packaging/try-deb.sh target/debian/msee_*.deb
else
    echo "left out: the Debian package; it needs root, cargo-deb (cargo install cargo-deb) and debootstrap"
fi

after=$(left_behind)
if [ "$before" != "$after" ]; then
    printf 'the tests left behind:\n%s\n' "$after" >&2
    exit 1
fi
echo "all checks passed"
