#!/usr/bin/env bash
# Ends what up.sh started: the processes of the lab's namespaces, the namespaces, the lab's directory. As root.
set -euo pipefail
lab=${LAB:-exr3}

for name in msee ce private public microsoft; do
    [ -e "/run/netns/$lab-$name" ] || continue
    for signal in TERM KILL; do
        for _ in $(seq 50); do
            mapfile -t pids < <(ip netns pids "$lab-$name")
            [ ${#pids[@]} -gt 0 ] || break 2
            kill -s "$signal" "${pids[@]}" 2>/dev/null || true
            sleep 0.1
        done
    done
    ip netns del "$lab-$name"
done
rm -rf "/run/${lab:?}"
