#!/usr/bin/env bash
# Runs a command as root of a kernel that has 802.1Q, where this machine's has not: User-mode Linux, a kernel as a process,
# with this machine's files and a network, /run and temporary files of its own. As root, with the Debian packages user-mode-linux and
# kmod:
#   tests/with-8021q.sh cargo test --features rpki --test interop vlan
set -euo pipefail
cd "$(dirname "$0")/.."
work=$PWD/target/8021q
rm -rf "$work"
mkdir -p "$work/modules/lib/modules"
release=$(linux.uml --version)
ln -s "/usr/lib/uml/modules/$release" "$work/modules/lib/modules/$release"

{
    export -p
    cat <<END
mount -t proc proc /proc && mount -t sysfs sys /sys
mount -t tmpfs run /run
mkdir -m 1777 /run/tmp && export TMPDIR=/run/tmp
for module in 8021q veth; do modprobe -d "$work/modules" \$module; done
ip link set lo up
cd "$PWD"
${*@Q}
echo \$? >"$work/status"
sync
echo o >/proc/sysrq-trigger
sleep 10
END
} >"$work/run"
sed -i '1i #!/usr/bin/env bash' "$work/run"
chmod +x "$work/run"

state=$work/whole_state.so
rustc --edition 2024 --crate-type cdylib -C panic=abort -o "$state" tests/with-8021q/whole_state.rs

LD_PRELOAD=$state timeout 600 linux.uml mem=1G rootfstype=hostfs root=/dev/root rw "init=$work/run" con=null con0=fd:0,fd:1 quiet </dev/null || true
[ -s "$work/status" ] || { echo "with-8021q.sh: the kernel did not get to the command's end" >&2 && exit 1; }
exit "$(cat "$work/status")"
