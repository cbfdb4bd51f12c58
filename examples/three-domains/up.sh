#!/usr/bin/env bash
# Starts the lab: the MSEE pair with three routing domains, and BIRD as the customer. As root.
#   ./up.sh [one-router|three-routers]      default: one-router
# LAB names the lab (default: exr3), MSEE the program (default: the release build of this repository).
set -Eeuo pipefail
here=$(cd "$(dirname "$0")" && pwd)
topology=${1:-one-router}
lab=${LAB:-exr3}
msee=${MSEE:-$here/../../target/release/msee}
run=/run/$lab

fail() {
    echo "up.sh: $*" >&2
    exit 1
}

case $topology in
one-router) routers=(ce) ;;
three-routers) routers=(private public microsoft) ;;
*) fail "no topology $topology; it is one-router or three-routers" ;;
esac
[ "$(id -u)" -eq 0 ] || fail "network namespaces need root; run it with sudo"
command -v bird >/dev/null || fail "there is no BIRD; install the Debian package bird2"
[ -x "$msee" ] || fail "there is no $msee; run: cargo build --release"
[ ! -e "$run" ] || fail "$run exists: the lab $lab is up; end it first: LAB=$lab $here/down.sh"

# From here on a failure leaves nothing behind.
trap 'LAB=$lab "$here/down.sh"' ERR
mkdir -m 755 "$run"
cp "$here"/msee.toml "$here"/regions.xml "$here"/endpoints.json "$run"

for name in msee "${routers[@]}"; do
    ip netns add "$lab-$name"
    ip -n "$lab-$name" link set lo up
done

# domain KIND SUBNET: both links of a peering, each an interface as the provider hands its VLAN over.
domain() {
    local kind=$1 subnet=$2 router=$1 host
    [ "$topology" = three-routers ] || router=ce
    for host in 1 5; do
        ip -n "$lab-msee" link add "$kind$host" type veth peer name "$kind$host" netns "$lab-$router"
        ip -n "$lab-$router" addr add "$subnet.$host/30" dev "$kind$host"
        ip -n "$lab-msee" addr add "$subnet.$((host + 1))/30" dev "$kind$host"
        ip -n "$lab-$router" link set "$kind$host" up
        ip -n "$lab-msee" link set "$kind$host" up
    done
}

domain private 172.16.0
domain public 193.1.20
domain microsoft 193.0.20
ip netns exec "$lab-msee" setsid "$msee" run -c "$run/msee.toml" >"$run/msee.log" 2>&1 </dev/null &

# edge ROUTER PREFIXES [OPTION…]: BIRD with what gen ce prints for the sessions that end on it.
edge() {
    local router=$1 prefixes=$2
    mkdir "$run/$router"
    "$msee" gen ce --kind bird -c "$run/msee.toml" --announce "$prefixes" "${@:3}" >"$run/$router/bird.conf"
    ip netns exec "$lab-$router" bird -c "$run/$router/bird.conf" -s "$run/$router/bird.ctl" -P "$run/$router/bird.pid"
}

if [ "$topology" = one-router ]; then
    edge ce 10.0.0.0/16,193.0.0.0/24
else
    edge private 10.0.0.0/16 --peering private
    edge public 193.0.0.0/24 --peering public
    edge microsoft 193.0.0.0/24 --peering microsoft
fi

for _ in $(seq 60); do
    up=$(ip netns exec "$lab-msee" "$msee" show sessions 2>/dev/null | grep -c Established || true)
    if [ "$up" -eq 6 ]; then
        ip netns exec "$lab-msee" "$msee" show sessions
        exit 0
    fi
    sleep 1
done
ip netns exec "$lab-msee" "$msee" show sessions || cat "$run/msee.log"
echo "up.sh: not all sessions came up within a minute; the lab stays up for you to look at" >&2
exit 1
