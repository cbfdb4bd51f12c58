#!/usr/bin/env bash
# The lab of ../frr-bird without containers: the MSEE pair, CE-A (FRR) and CE-B (BIRD), each in a network namespace, with
# the Debian packages bird2, frr and iproute2. It needs no root where the kernel lets users make namespaces.
#   lab.sh up                    starts the lab; returns when it passes the check
#   lab.sh check                 whether all sessions are up and each side has the other's routes
#   lab.sh exec NODE COMMAND…    a command on msee, ce-a or ce-b, for example: lab.sh exec msee msee show sessions
#   lab.sh down                  ends the lab
# LAB names the lab (default: msee), MSEE the program (default: the release build of this repository).
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin # not everybody has them
here=$(cd "$(dirname "$0")" && pwd)
files=$(cd "$here/../frr-bird" && pwd)
lab=${LAB:-msee}
msee=${MSEE:-$here/../../target/release/msee}
state=${TMPDIR:-/tmp}/msee-lab-$(id -u)-$lab
is_down="the lab $lab is down; start it with: $0 up"

fail() {
    echo "lab.sh: $*" >&2
    exit 1
}

# The lab is one process, the holder, and what it has started. It is process 1 of its own process namespace: when it
# ends, however it ends, the kernel ends all the others and takes links, addresses and mounts away. Outside there is
# nothing but the directory $state, with the log and with who the holder is.
hold() {
    local state=$1 pid
    read -r pid _ </proc/self/stat # before /proc is the lab's own: the number that the outside knows
    echo "$pid $(readlink /proc/self/ns/pid)" >"$state/holder"
    trap 'kill $(jobs -p) 2>/dev/null' TERM

    # Sockets and pid files at their usual places, so that birdc and vtysh need no option.
    mount -t proc lab /proc
    mount -t tmpfs lab /run
    mount -t tmpfs lab /etc/frr
    [ ! -d /var/tmp/frr ] || mount -t tmpfs lab /var/tmp/frr
    mkdir /run/bird /run/frr
    touch /etc/frr/vtysh.conf /etc/frr/zebra.conf
    # FRR insists that its user is in this group, and root is the only user here.
    printf 'root:x:0:\nfrrvty:x:0:root\n' >/run/group
    mount --bind /run/group /etc/group

    node msee
    node ce-a
    node ce-b
    link ce-a 172.16.0.1/30 172.16.0.2/30 fd00:99::1/126 fd00:99::2/126
    link ce-b 172.16.0.9/30 172.16.0.10/30 fd00:99::9/126 fd00:99::a/126

    ip netns exec msee "$msee" run -c "$files/msee.toml" &
    ip netns exec ce-b bird -f -c "$files/bird.conf" &
    ip netns exec ce-a /usr/lib/frr/zebra -u root -g root -A 127.0.0.1 -P 0 -f /etc/frr/zebra.conf &
    until [ -S /run/frr/zserv.api ]; do sleep 0.1; done
    ip netns exec ce-a /usr/lib/frr/bgpd -u root -g root -A 127.0.0.1 -P 0 -f "$files/frr.conf" --log stdout &
    # A node that ends may be what somebody wants to see: the others go on. SIGTERM interrupts the first wait only.
    wait || wait
}

# A network namespace whose IPv6 addresses are usable at once, and outlive a link that goes down.
node() {
    ip netns add "$1"
    ip -n "$1" link set lo up
    ip netns exec "$1" sh -c 'cd /proc/sys/net/ipv6/conf && echo 0 >default/accept_dad && echo 1 >all/keep_addr_on_down'
}

# link EDGE CE-IPV4 MSEE-IPV4 CE-IPV6 MSEE-IPV6: a cable from the pair to a customer edge.
link() {
    ip -n msee link add "$1" type veth peer name msee netns "$1"
    ip -n "$1" addr add "$2" dev msee
    ip -n msee addr add "$3" dev "$1"
    ip -n "$1" addr add "$4" dev msee
    ip -n msee addr add "$5" dev "$1"
    ip -n "$1" link set msee up
    ip -n msee link set "$1" up
}

# The number of the holder, if the lab runs. Another process with a number of old lives in another namespace.
holder() {
    local pid namespace
    read -r pid namespace 2>/dev/null <"$state/holder" || return
    [ "$(readlink "/proc/$pid/ns/pid")" = "$namespace" ] && echo "$pid"
}

# enter NODE COMMAND…: what `exec` does.
enter() {
    local pid alone=(--mount --pid)
    pid=$(holder) || fail "$is_down"
    [ /proc/self/ns/user -ef "/proc/$pid/ns/user" ] || alone+=(--user --preserve-credentials)
    [ "${2:-}" != msee ] || set -- "$1" "$msee" "${@:3}"
    nsenter --target "$pid" "${alone[@]}" -- ip netns exec "$@"
}

check() {
    local missing=0
    holder >/dev/null || fail "$is_down"
    enter msee msee expect "$files/expect.toml" || missing=1
    # What only the customers know: that they have what Azure sent them.
    seen "CE-A has 10.1.0.0/16" 12076 ce-a vtysh -c 'show bgp ipv4 unicast 10.1.0.0/16'
    seen "CE-A has fd00:1::/48" 12076 ce-a vtysh -c 'show bgp ipv6 unicast fd00:1::/48'
    seen "CE-B has 10.1.0.0/16" AS12076 ce-b birdc show route 10.1.0.0/16
    seen "CE-B has fd00:1::/48" AS12076 ce-b birdc show route fd00:1::/48
    return $missing
}

# seen WHAT WORD NODE COMMAND…: whether the command's output has the word within ten seconds.
seen() {
    local said
    for _ in $(seq 20); do
        said=$(enter "${@:3}" 2>&1) || true
        if [[ $said == *"$2"* ]]; then
            echo "ok      $1"
            return
        fi
        sleep 0.5
    done
    echo "FAILED  $1; last seen: $said"
    missing=1
}

up() {
    local alone=(--net --mount --pid --fork --kill-child) tool
    for tool in bird ip nsenter /usr/lib/frr/bgpd; do
        command -v "$tool" >/dev/null || fail "there is no $tool; install the Debian packages bird2, frr and iproute2"
    done
    [ -x "$msee" ] || fail "there is no $msee; run: cargo build --release"
    if unshare --user --map-root-user "${alone[@]}" true 2>/dev/null; then
        alone+=(--user --map-root-user)
    elif [ "$(id -u)" -ne 0 ]; then
        fail "this kernel does not let users make namespaces; run it with sudo"
    fi
    if ! holder >/dev/null; then
        mkdir -p -m 700 "$state"
        [ -O "$state" ] || fail "$state belongs to somebody else; choose another LAB"
        setsid unshare "${alone[@]}" "$0" hold "$state" >"$state/log" 2>&1 </dev/null &
    fi
    for _ in $(seq 100); do
        ! (enter msee true) 2>/dev/null || break
        sleep 0.1
    done
    check || fail "the lab does not show what it should; it stays up for you to look at, its log is $state/log"
    enter msee msee show sessions
}

down() {
    local pid
    if pid=$(holder); then
        # The MSEEs say goodbye with Cease/2; what has not ended then is killed.
        kill -TERM "$pid"
        timeout 10 tail --pid "$pid" -f /dev/null || kill -KILL "$pid"
    fi
    rm -rf "${state:?}"
}

case ${1:-} in
up | check | down) "$1" ;;
exec) enter "${@:2}" ;;
hold) hold "$2" ;;
*) fail "up, check, down, or exec NODE COMMAND…" ;;
esac
