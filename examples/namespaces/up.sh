#!/usr/bin/env bash
# Starts the lab: the MSEE pair and two customer edges, each in a network namespace. As root.
#   ./up.sh [bird|frr]      default: bird
# LAB names the lab (default: exr), MSEE the program (default: the release build of this repository).
set -Eeuo pipefail
here=$(cd "$(dirname "$0")" && pwd)
kind=${1:-bird}
lab=${LAB:-exr}
msee=${MSEE:-$here/../../target/release/msee}
run=/run/$lab

fail() {
    echo "up.sh: $*" >&2
    exit 1
}

case $kind in
bird) command -v bird >/dev/null || fail "there is no BIRD; install the Debian package bird2" ;;
frr) [ -x /usr/lib/frr/bgpd ] || fail "there is no FRR; install the Debian package frr" ;;
*) fail "no customer edge of kind $kind; it is bird or frr" ;;
esac
[ "$(id -u)" -eq 0 ] || fail "network namespaces need root; run it with sudo"
[ -x "$msee" ] || fail "there is no $msee; run: cargo build --release"
for name in "$run" "/run/netns/$lab-msee" "/run/netns/$lab-ce-a" "/run/netns/$lab-ce-b"; do
    [ ! -e "$name" ] || fail "$name exists: the lab $lab is up; end it first: LAB=$lab $here/down.sh"
done

# From here on a failure leaves nothing behind.
trap 'LAB=$lab "$here/down.sh"' ERR
mkdir -m 755 "$run"
cp "$here/msee.toml" "$run/msee.toml"

# namespace NAME: with its loopback up, and IPv6 addresses that outlive a link that goes down.
namespace() {
    ip netns add "$lab-$1"
    ip -n "$lab-$1" link set lo up
    ip netns exec "$lab-$1" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/keep_addr_on_down'
}

# link EDGE IPV4 IPV6: a veth between the pair and a customer edge; the MSEE's address follows the customer's.
link() {
    local edge=$1 ipv4=$2 ipv6=$3
    namespace "$edge"
    ip -n "$lab-msee" link add "$edge" type veth peer name msee netns "$lab-$edge"
    ip -n "$lab-$edge" addr add "172.16.0.$ipv4/30" dev msee
    ip -n "$lab-$edge" addr add "fd00:99::$ipv6/126" dev msee nodad
    ip -n "$lab-msee" addr add "172.16.0.$((ipv4 + 1))/30" dev "$edge"
    ip -n "$lab-msee" addr add "fd00:99::$((ipv6 + 1))/126" dev "$edge" nodad
    ip -n "$lab-$edge" link set msee up
    ip -n "$lab-msee" link set "$edge" up
}

# edge NAME ROUTER PREFIXES: a customer edge at the end of the link to a router.
edge() {
    local name=$1 router=$2 prefixes=$3 at=$run/$1
    mkdir "$at"
    case $kind in
    bird)
        "$msee" gen ce --kind bird -c "$run/msee.toml" --router "$router" --announce "$prefixes" >"$at/bird.conf"
        ip netns exec "$lab-$name" bird -c "$at/bird.conf" -s "$at/bird.ctl" -P "$at/bird.pid"
        ;;
    frr)
        "$msee" gen ce --kind frr -c "$run/msee.toml" --router "$router" --announce "$prefixes" >"$at/frr.conf"
        : >"$at/zebra.conf"
        chown -R frr:frr "$at"
        for daemon in zebra bgpd; do
            local conf=$at/zebra.conf
            [ $daemon = zebra ] || conf=$at/frr.conf
            ip netns exec "$lab-$name" "/usr/lib/frr/$daemon" -d -A 127.0.0.1 -P 0 -f "$conf" -i "$at/$daemon.pid" \
                -z "$at/zserv.api" --vty_socket "$at" --log "file:$at/$daemon.log" 2>"$at/start.log" ||
                { cat "$at/start.log" >&2 && false; }
        done
        ;;
    esac
}

namespace msee
link ce-a 1 1
link ce-b 5 5
ip netns exec "$lab-msee" setsid "$msee" run -c "$run/msee.toml" >"$run/msee.log" 2>&1 </dev/null &
edge ce-a primary 10.0.0.0/16,192.168.10.0/24,fd10::/48
edge ce-b secondary 10.0.0.0/16,192.168.20.0/24,fd10::/48

if ip netns exec "$lab-msee" "$msee" expect "$here/expect.toml"; then
    ip netns exec "$lab-msee" "$msee" show sessions
    exit 0
fi
ip netns exec "$lab-msee" "$msee" show sessions || cat "$run/msee.log"
echo "up.sh: the lab does not show what expect.toml says; it stays up for you to look at" >&2
exit 1
