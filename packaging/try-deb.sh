#!/usr/bin/env bash
# Installs the package in a Debian of its own, starts it as its unit says, reloads it, removes it. As root; needs debootstrap,
# or a Debian as a tar file, such as `docker export` makes.
#   packaging/try-deb.sh target/debian/msee_*.deb [DEBIAN.tar]
# systemd does not run in there: what the unit starts is started by hand, with a socket in the place of the manager's.
set -Eeuo pipefail
package=$(realpath "$1")
root=$(mktemp -d)
daemon=
end() {
    [ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
    rm -rf "$root"
}
trap end EXIT

if [ $# -gt 1 ]; then
    tar -C "$root" --exclude='./dev/*' --exclude='dev/*' -xf "$2"
else
    suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")
    mirror=$(apt-get indextargets --format '$(SITE)' "Created-By: Packages" | head -1)
    debootstrap --variant=minbase "$suite" "$root" "$mirror" >&2
fi
# The daemon is not root, and must get there.
chmod 755 "$root"
cp "$package" "$root/msee.deb"
within() { chroot "$root" "$@"; }

within dpkg -i /msee.deb
within getent passwd msee
[ "$(within stat -c '%a %U %G' /etc/msee/msee.toml)" = "640 root msee" ]
within msee --version
within msee check -c /etc/msee/msee.toml
for file in usr/lib/systemd/system/msee.service usr/share/man/man1/msee.1.gz usr/share/man/man1/msee-run.1.gz \
    usr/share/bash-completion/completions/msee usr/share/doc/msee/examples/example.toml; do
    [ -e "$root/$file" ] || [ -e "$root/${file#usr/}" ] || { echo "try-deb.sh: no /$file in the package" >&2 && exit 1; }
done

# As the unit's ExecStart and User say, without its privileges; another control port, so that nothing else here is disturbed.
sed -i '1i [daemon]\ncontrol = "127.0.0.1:18179"\n' "$root/etc/msee/msee.toml"
mkdir -p "$root/proc" && mount -t proc proc "$root/proc"
trap 'umount "$root/proc"; end' EXIT
chroot --userspec=msee:msee "$root" msee run -c /etc/msee/msee.toml &
daemon=$!
for _ in $(seq 50); do
    within msee --control 127.0.0.1:18179 doctor --quick 2>/dev/null && break
    sleep 0.2
done
within msee --control 127.0.0.1:18179 doctor --quick
kill -HUP "$daemon"
for _ in $(seq 50); do
    within msee --control 127.0.0.1:18179 show events | grep -q ReloadApplied && break
    sleep 0.2
done
within msee --control 127.0.0.1:18179 show events | grep ReloadApplied
kill "$daemon"
wait "$daemon"
daemon=

within dpkg -r msee
[ ! -e "$root/usr/bin/msee" ]
[ -e "$root/etc/msee/msee.toml" ]
within dpkg -P msee
[ ! -e "$root/etc/msee/msee.toml" ]
! within getent passwd msee
echo "try-deb.sh: installed, started, reloaded, ended, removed and purged"
