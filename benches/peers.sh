#!/bin/sh
# Measures BGP speakers side by side with `msee churn`, each alone in a network namespace, and prints one table: medians, the
# least and the most of the rounds, ratios to the first speaker. benches/peers.toml says which figures.
#
#   benches/peers.sh [--rounds N] [--only bird,frr,gobgp,openbgpd,msee] [--limit SECONDS] [--prefix-list FILE]
#                    [--scenario table,full,churn,withdrawals,flood,sessions,fanout,fanout-full] [--phases LIST]
#                    [--scale N] [--msee PROGRAM] [--generator PROGRAM] [--out DIRECTORY] [-- MORE ARGUMENTS]
#   benches/peers.sh --from DIRECTORY [--from DIRECTORY]...
#
# Needs root and the daemons that are named. --from measures nothing and prints the table of what directories hold; several
# partial runs may also write into one --out, where the rounds add up. Without --prefix-list the prefixes are made up. --msee
# is the msee that is measured, --generator the one that measures; by default they are the same. --scale divides the size of
# all tables. A phase that takes longer than --limit is given up, and the table says so. What follows `--` goes to
# `msee churn` as it is. Reports and logs stay in the directory.
set -eu

rounds=3
only=bird,frr,gobgp,openbgpd,msee
scenarios=table,full,churn,withdrawals,flood,sessions,fanout,fanout-full
limit=180
from=
list=
program=target/release/msee
generator=
out=
phases=
scale=1
while [ $# -gt 0 ]; do
    case $1 in
        --rounds) rounds=$2 ;;
        --only) only=$2 ;;
        --scenario) scenarios=$2 ;;
        --prefix-list) list=$2 ;;
        --msee) program=$2 ;;
        --generator) generator=$2 ;;
        --out) out=$2 ;;
        --phases) phases=$2 ;;
        --limit) limit=$2 ;;
        --from) from="$from $2" ;;
        --scale) scale=$2 ;;
        --) shift; break ;;
        *) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
    shift 2
done
[ -x "$program" ] || { echo "there is no $program: build it with cargo build --release, or name it with --msee" >&2; exit 1; }
program=$(realpath "$program")
generator=$(realpath "${generator:-$program}")

# The reports of the directories, side by side; the speakers always in the same order.
show() {
    set --
    for directory in $out $from; do
        for kind in bird frr gobgp openbgpd msee; do
            for report in "$directory"/*/"$kind"-*.json; do
                [ ! -e "$report" ] || set -- "$@" "$report"
            done
        done
    done
    [ $# -gt 0 ] || { echo "there is no report in$from $out" >&2; exit 1; }
    "$generator" churn compare --figures "$(dirname "$0")/peers.toml" "$@"
}

if [ -n "$from" ]; then
    show
    exit
fi
[ -n "$out" ] || out=$(mktemp -d -t msee-peers.XXXXXX)
mkdir -p "$out"
out=$(realpath "$out")
chmod 755 "$out"

near=msee-peers-$$-load
far=msee-peers-$$-speaker
pids=

# Ends what this run started, by its id.
stop_speaker() {
    for pid in $pids; do kill "$pid" 2>/dev/null || :; done
    for pid in $pids; do
        waited=0
        while kill -0 "$pid" 2>/dev/null; do
            sleep 0.1
            waited=$((waited + 1))
            [ $waited -lt 100 ] || kill -9 "$pid" 2>/dev/null || :
        done
    done
    pids=
}

clean_up() {
    stop_speaker
    ip netns del "$near" 2>/dev/null || :
    ip netns del "$far" 2>/dev/null || :
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# One link; the generator's end has an address for each session that a scenario may need.
make_namespaces() {
    ip netns add "$near"
    ip netns add "$far"
    ip -n "$near" link set lo up
    ip -n "$far" link set lo up
    ip -n "$near" link add load type veth peer name speaker netns "$far"
    {
        number=1
        while [ $number -le 250 ]; do
            echo "addr add 10.66.16.$number/16 dev load"
            number=$((number + 1))
        done
        echo "link set load up"
    } | ip -n "$near" -batch -
    ip -n "$far" addr add 10.66.0.1/16 dev speaker
    ip -n "$far" link set speaker up
}

inside() {
    ip netns exec "$far" "$@"
}

# Starts a speaker in the background and adds its process to `pids`.
start() {
    log=$1
    shift
    ip netns exec "$far" "$@" >"$log" 2>&1 &
    pids="$pids $!"
}

# start_speaker KIND DIRECTORY TOPOLOGY...
start_speaker() {
    kind=$1
    directory=$2
    shift 2
    case $kind in
        bird)
            "$generator" churn config --kind bird "$@" >"$directory/bird.conf"
            start "$directory/bird.log" bird -f -c "$directory/bird.conf" -s "$directory/bird.ctl" ;;
        frr)
            "$generator" churn config --kind frr "$@" >"$directory/frr.conf"
            start "$directory/bgpd.log" /usr/lib/frr/bgpd --skip_runas -Z -A 127.0.0.1 -P 0 \
                -f "$directory/frr.conf" -i "$directory/bgpd.pid" --vty_socket "$directory" ;;
        gobgp)
            "$generator" churn config --kind gobgp "$@" >"$directory/gobgpd.toml"
            start "$directory/gobgpd.log" gobgpd --log-plain --pprof-disable --api-hosts 127.0.0.1:50051 \
                -f "$directory/gobgpd.toml" ;;
        openbgpd)
            mkdir -p /run/openbgpd
            { echo "socket \"$directory/bgpd.sock\""; "$generator" churn config --kind openbgpd "$@"; } \
                >"$directory/bgpd.conf"
            chmod 600 "$directory/bgpd.conf"
            start "$directory/bgpd.log" /usr/sbin/bgpd -d -f "$directory/bgpd.conf" ;;
        msee)
            "$generator" churn config --kind msee "$@" >"$directory/msee.toml"
            start "$directory/msee.log" "$program" run -c "$directory/msee.toml" ;;
        *) echo "$kind is none of bird, frr, gobgp, openbgpd, msee" >&2; exit 2 ;;
    esac
    waited=0
    until inside ss -Hltn "sport = :179" | grep -q .; do
        sleep 0.05
        waited=$((waited + 1))
        if [ $waited -gt 200 ]; then
            echo "$kind does not listen; the end of its log:" >&2
            tail -n 20 "$directory"/*.log >&2
            return 1
        fi
    done
}

# What a speaker calls itself.
version() {
    case $1 in
        bird) bird --version 2>&1 | sed 's/BIRD version/bird/' ;;
        frr) /usr/lib/frr/bgpd --version | sed -n '1s/.*version/frr/p' ;;
        gobgp) gobgpd --version | sed 's/.*version/gobgp/' ;;
        openbgpd) /usr/sbin/bgpd -V 2>&1 | sed 's/OpenBGPD/openbgpd/' ;;
        *) "$program" --version ;;
    esac
}

# The number of the next round of a speaker.
next_round() {
    number=1
    while [ -e "$1-$number.json" ]; do number=$((number + 1)); done
    echo $number
}

make_namespaces
many=$((901899 / scale))
few=$((100000 / scale))
for scenario in $(echo "$scenarios" | tr , ' '); do
    topology="--senders 1 --receivers 1"
    load="--prefixes $many --attribute-sets $((179611 / scale))"
    case $scenario in
        table) wanted=up,table,idle,paced,loss ;;
        full) load="--prefixes $many --attribute-sets $((902 / scale + 1)) --sharing even" wanted=up,table ;;
        churn) wanted=up,table,churn ;;
        withdrawals) load="$load --withdrawals 10" wanted=up,table,churn ;;
        flood) wanted=up,table,flood ;;
        sessions) topology="--senders 200 --receivers 1" load="--prefixes $((800000 / scale))" wanted=up,table,loss ;;
        fanout) topology="--senders 1 --receivers 50" load="--prefixes $few" wanted=up,table ;;
        fanout-full)
            topology="--senders 1 --receivers 50" wanted=up,table
            load="--prefixes $few --attribute-sets $((100 / scale + 1)) --sharing even" ;;
        *)
            echo "$scenario is none of table, full, churn, withdrawals, flood, sessions, fanout, fanout-full" >&2
            exit 2 ;;
    esac
    [ -z "$list" ] || load="$load --prefix-list $list"
    round=1
    while [ $round -le "$rounds" ]; do
        # Round by round, so that what else the machine does meets all of them.
        for kind in $(echo "$only" | tr , ' '); do
            mkdir -p "$out/$scenario"
            directory=$out/$scenario/$kind-$(next_round "$out/$scenario/$kind")
            mkdir -p "$directory"
            chmod 777 "$directory"
            echo "== $scenario, $kind, round $round" >&2
            # A speaker that does not start or get through is a result as well.
            # shellcheck disable=SC2086 # options are words
            if start_speaker "$kind" "$directory" $topology; then
                measured=$(echo $pids | tr ' ' ,)
                ip netns exec "$near" "$generator" churn $topology $load --phases "${phases:-$wanted}" \
                    --pid "$measured" --timeout "$limit" --label "$(version "$kind")" --scenario "$scenario" \
                    --json "$directory.json" "$@" >&2 || :
            fi
            stop_speaker
        done
        round=$((round + 1))
    done
done
show
echo "reports: $out" >&2
