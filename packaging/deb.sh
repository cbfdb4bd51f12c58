#!/usr/bin/env bash
# Makes the Debian package under target/debian/. Needs cargo-deb: cargo install cargo-deb
#   packaging/deb.sh [release|dev]      default: release
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${1:-release}
case $profile in
release) built=target/release ;;
dev) built=target/debug ;;
*) echo "deb.sh: no profile $profile; it is release or dev" >&2 && exit 1 ;;
esac

cargo build --profile "$profile" --bin msee
rm -rf target/package
mkdir -p target/package/man target/package/completions
"$built/msee" man target/package/man
for shell in bash zsh fish; do
    "$built/msee" completions "$shell" >"target/package/completions/msee.$shell"
done
cargo deb --no-build --profile "$profile"
