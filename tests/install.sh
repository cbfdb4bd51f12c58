#!/usr/bin/env bash
# Installs those of the Debian packages that are missing, and starts none of their daemons: tests/install.sh PACKAGE…
set -euo pipefail
policy=/usr/sbin/policy-rc.d
sudo=()
[ "$(id -u)" -eq 0 ] || sudo=(sudo)

missing=()
for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "installing: ${missing[*]}"
# Debian's way to install a daemon without starting it; the tests start their own.
if [ ! -e "$policy" ]; then
    trap '"${sudo[@]}" rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee "$policy" >/dev/null
    "${sudo[@]}" chmod 755 "$policy"
fi
"${sudo[@]}" apt-get update -q
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}"
