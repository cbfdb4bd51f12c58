#!/bin/sh
# Measures a BGP speaker in two network namespaces: measure.sh [bird|msee] [MORE OPTIONS OF msee churn]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
msee=${MSEE:-$here/../../target/release/msee}
kind=${1:-bird}
[ $# -eq 0 ] || shift
lab=${LAB:-churn}
near=$lab-load
far=$lab-speaker
run=/run/$lab
pid=

down() {
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || :
    [ -z "$pid" ] || wait "$pid" 2>/dev/null || :
    ip netns del "$near" 2>/dev/null || :
    ip netns del "$far" 2>/dev/null || :
    rm -rf "$run"
}
trap down EXIT
trap 'exit 130' INT TERM

mkdir -p "$run"
ip netns add "$near"
ip netns add "$far"
ip -n "$near" link set lo up
ip -n "$far" link set lo up
ip -n "$near" link add load type veth peer name speaker netns "$far"
for number in 1 2 3; do ip -n "$near" addr add "10.66.16.$number/16" dev load; done
ip -n "$far" addr add 10.66.0.1/16 dev speaker
ip -n "$near" link set load up
ip -n "$far" link set speaker up

case $kind in
    bird) ip netns exec "$far" bird -f -c "$here/bird.conf" -s "$run/bird.ctl" & ;;
    msee) ip netns exec "$far" "$msee" run -c "$here/msee.toml" 2>"$run/msee.log" & ;;
    *) echo "$kind is neither bird nor msee: start your own speaker and run msee churn, as README.md says" >&2; exit 2 ;;
esac
pid=$!
ip netns exec "$near" "$msee" churn --label "$kind" --pid "$pid" --json "churn-$kind.json" --html "churn-$kind.html" "$@"
