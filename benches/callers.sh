#!/bin/bash
# Measures what callers of the control endpoint cost BGP: `msee churn` against `msee`, without callers and with them, in turns,
# and prints medians and ratios to the daemon that nobody asks.
#
#   benches/callers.sh [--rounds N] [--only none,idle,slow,show,pages] [--prefix-list FILE] [--prefixes N] [--msee PROGRAM]
#                      [--generator PROGRAM] [--out DIRECTORY] [-- MORE ARGUMENTS]
#
#   idle   256 connections that say nothing, made anew when the daemon ends them
#   slow   32 callers that ask for 10,000 routes again and again and read 64 octets a second
#   show   `msee show routes` of the whole table, again and again
#   pages  4 callers that ask for the first 10,000 routes again and again
#
# Needs root. The callers have the lowest priority, so that what is seen is what the daemon does for them, and not what they do
# themselves. --msee is the msee that is measured, --generator the one that measures; by default they are the same. What follows
# `--` goes to `msee churn` as it is. Reports and logs stay in the directory.
set -euo pipefail

rounds=3
only=none,idle,slow,show,pages
list=()
prefixes=901899
program=target/release/msee
generator=
out=
while [ $# -gt 0 ]; do
    case $1 in
        --rounds) rounds=$2 ;;
        --only) only=$2 ;;
        --prefix-list) list=(--prefix-list "$2") ;;
        --prefixes) prefixes=$2 ;;
        --msee) program=$2 ;;
        --generator) generator=$2 ;;
        --out) out=$2 ;;
        --) shift; break ;;
        *) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
    shift 2
done
[ -x "$program" ] || { echo "there is no $program: build it with cargo build --release, or name it with --msee" >&2; exit 1; }
program=$(realpath "$program")
generator=$(realpath "${generator:-$program}")
[ -n "$out" ] || out=$(mktemp -d -t msee-callers.XXXXXX)
mkdir -p "$out"

near=msee-callers-$$-load
far=msee-callers-$$-speaker
# Each caller is a process group of its own, which ends with what it has started.
groups=()
speaker=

end_callers() {
    for group in "${groups[@]}"; do kill -- "-$group" 2>/dev/null || true; done
    groups=()
}

end_speaker() {
    [ -z "$speaker" ] || { kill "$speaker" 2>/dev/null && wait "$speaker" 2>/dev/null; } || true
    speaker=
}

clean_up() {
    end_callers
    end_speaker
    ip netns del "$near" 2>/dev/null || true
    ip netns del "$far" 2>/dev/null || true
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# What the callers are, each a script for bash. $1 is the msee to call with, $2 the attachment.
ask='GET /v1/routes?attachment=%s&direction=received&family=ipv4&limit=10000 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'
idle='while :; do
    for ((number = 0; number < 256; number++)); do exec {connection}<>/dev/tcp/127.0.0.1/8179 && open+=("$connection"); done
    sleep 5
    for connection in "${open[@]}"; do exec {connection}>&-; done
    open=()
done'
slow='while :; do
    exec 3<>/dev/tcp/127.0.0.1/8179
    for ((number = 0; number < 20; number++)); do printf "'$ask'" "$2" >&3; done
    while read -r -N 64 -u 3 _; do sleep 1; done
    exec 3>&-
done'
show='while :; do "$1" show routes "$2" -o json >/dev/null; done'
pages='while :; do
    exec 3<>/dev/tcp/127.0.0.1/8179
    { for ((number = 0; number < 20; number++)); do printf "'$ask'" "$2"; done; } >&3 &
    timeout 20 head -c 20000000 <&3 >/dev/null
    exec 3>&-
done'

# call NUMBER SCRIPT: so many callers.
call() {
    local number
    for ((number = 0; number < $1; number++)); do
        setsid ip netns exec "$far" nice -n 19 bash -c "$2" bash "$program" "$attachment" >/dev/null 2>&1 &
        groups+=($!)
    done
}

ip netns add "$near"
ip netns add "$far"
ip -n "$far" link set lo up
ip -n "$near" link set lo up
ip -n "$near" link add load type veth peer name speaker netns "$far"
ip -n "$near" addr add 10.66.16.1/16 dev load
for host in 2 3; do ip -n "$near" addr add "10.66.16.$host/16" dev load; done
ip -n "$near" link set load up
ip -n "$far" addr add 10.66.0.1/16 dev speaker
ip -n "$far" link set speaker up

"$generator" churn config --kind msee >"$out/msee.toml"
attachment=$(sed -n 's/^name = "\(.*\)"$/\1/p' "$out/msee.toml" | head -n 1)/private/primary

for ((round = 1; round <= rounds; round++)); do
    # Round by round, so that what else the machine does meets all of them.
    for callers in ${only//,/ }; do
        echo "== $callers, round $round" >&2
        ip netns exec "$far" "$program" run -c "$out/msee.toml" >"$out/$callers-$round.log" 2>&1 &
        speaker=$!
        until ip netns exec "$far" ss -Hltn 'sport = :179' | grep -q .; do sleep 0.05; done
        case $callers in
            none) ;;
            idle) call 1 "$idle" ;;
            slow) call 32 "$slow" ;;
            show) call 1 "$show" ;;
            pages) call 4 "$pages" ;;
            *) echo "$callers is none of none, idle, slow, show, pages" >&2; exit 2 ;;
        esac
        # A daemon that does not get through is a result as well.
        ip netns exec "$near" "$generator" churn "${list[@]}" --prefixes "$prefixes" \
            --phases up,table,idle,paced,churn --pid "$speaker" --label "$callers" --json "$out/$callers-$round.json" "$@" || true
        end_callers
        end_speaker
    done
done
reports=()
for callers in ${only//,/ }; do
    for report in "$out/$callers"-*.json; do [ ! -e "$report" ] || reports+=("$report"); done
done
echo
"$generator" churn compare "${reports[@]}"
echo "reports: $out" >&2
