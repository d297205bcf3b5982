#!/bin/sh
# In: names of Debian packages. Installs those that are missing, by sudo where this is not root, which may ask for its password on a
# terminal and nowhere else; does nothing when none is missing.
set -eu

if ! command -v dpkg-query >/dev/null; then
    echo "not a Debian system: these have to be there already: $*"
    exit 0
fi

missing=
for package in "$@"; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

root=
if [ "$(id -u)" != 0 ]; then
    root="sudo -n"
    if ! $root true 2>/dev/null && command -v sudo >/dev/null && [ -t 0 ]; then
        echo "sudo, to install:$missing"
        root=sudo
    fi
    if ! $root true 2>/dev/null; then
        echo "error: as root, or with sudo, this would install:$missing" >&2
        exit 1
    fi
fi

echo "installing:$missing"
$root env DEBIAN_FRONTEND=noninteractive apt-get update -qq || echo "package lists could not be updated; going on"
# shellcheck disable=SC2086  # the names are words of their own
$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
