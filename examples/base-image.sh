#!/usr/bin/env bash
# Makes the images that the Dockerfiles of this repository start from, where no image registry can be reached: Debian from
# the mirror that this machine's apt uses, and the same with this machine's Rust. As root, on Debian, with debootstrap.
#   base-image.sh [debian|rust]…     default: debian
# An image that exists is left as it is; `docker image rm NAME` removes it. Then build as always, for example
#   docker build -t msee .           needs both: base-image.sh debian rust
set -euo pipefail

fail() {
    echo "base-image.sh: $*" >&2
    exit 1
}

exists() {
    docker image inspect "$1" >/dev/null 2>&1
}

# What apt knows about where packages come from: one line per index, of Debian alone.
indexes() {
    apt-get indextargets --format '$(CREATED_BY) $(ORIGIN) $(REPO_URI) $(CODENAME) $(COMPONENT)' |
        awk '$1 == "Packages" && $2 == "Debian" { print $3, $4, $5 }' | sort -u
}

debian() {
    local suite=bookworm image=debian:bookworm-slim root=$work/debian mirror
    exists $image && return
    mirror=$(indexes | awk -v suite=$suite '$2 == suite && $3 == "main" { print $1; exit }')
    [ -n "$mirror" ] || fail "apt has no $suite of Debian here, which $image is made of"
    debootstrap --variant=minbase $suite "$root" "$mirror"
    # Builds install packages: from where this machine does, with its proxies.
    indexes | sed 's/^/deb /' >"$root/etc/apt/sources.list"
    apt-config dump | grep -i '^Acquire::.*proxy' >"$root/etc/apt/apt.conf.d/90host" || true
    rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb \
        "$root"/usr/share/{doc,man,locale}/*
    tar -C "$root" --one-file-system -c . | docker import --change 'CMD ["bash"]' - $image >/dev/null
    echo "$image is made"
}

rust() {
    local image=rust:1-bookworm at=$work/rust sysroot host
    exists $image && return
    debian
    mkdir -p "$at"
    sysroot=$(rustc --print sysroot)
    host=$(rustc -vV | sed -n 's/^host: //p')
    # Where this machine's cargo gets its crates from, and whom it trusts on the way.
    cp "${CARGO_HOME:-$HOME/.cargo}/config.toml" "$at/" 2>/dev/null || : >"$at/config.toml"
    cp /etc/ssl/certs/ca-certificates.crt "$at/"
    cat >"$at/Dockerfile" <<'END'
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates gcc libc6-dev && rm -rf /var/lib/apt/lists/*
COPY bin /usr/local/rust/bin
COPY lib /usr/local/rust/lib
COPY config.toml /usr/local/cargo/config.toml
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENV PATH=/usr/local/rust/bin:$PATH CARGO_HOME=/usr/local/cargo
END
    # What builds for this machine, without the documentation and the other targets.
    tar -c -C "$at" Dockerfile config.toml ca-certificates.crt \
        -C "$sysroot" bin/cargo bin/rustc $(cd "$sysroot" && echo lib/*.so* "lib/rustlib/$host") |
        docker build -q -t $image - >/dev/null
    echo "$image is made"
}

[ "$(id -u)" -eq 0 ] || fail "debootstrap needs root; run it with sudo"
for tool in docker debootstrap; do
    command -v $tool >/dev/null || fail "there is no $tool; install the Debian packages docker.io and debootstrap"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for what in "${@:-debian}"; do
    case $what in
    debian | rust) "$what" ;;
    *) fail "no base image $what; there are debian and rust" ;;
    esac
done
