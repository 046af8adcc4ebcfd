#!/usr/bin/env bash
# Install what the system itself has to bring: PostgreSQL, Chromium and bubblewrap. Does nothing where all are there.
set -euo pipefail

postgresql_there() {
    [ -n "$(find /usr/lib/postgresql /usr/pgsql-* -maxdepth 3 -name initdb 2>/dev/null | head -n 1)" ] ||
        command -v initdb >/dev/null
}

chromium_there() {
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null
}

missing=()
postgresql_there || missing+=(postgresql)
chromium_there || missing+=(chromium)
command -v bwrap >/dev/null || missing+=(bubblewrap)
command -v git >/dev/null || missing+=(git)
command -v make >/dev/null || missing+=(make)
command -v node >/dev/null || missing+=(nodejs npm)
[ "${#missing[@]}" -eq 0 ] && exit 0

command -v apt-get >/dev/null || {
    echo "Install ${missing[*]} by hand: this system has no apt-get." >&2
    exit 1
}
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
        echo "Install ${missing[*]} as root: this user cannot, and there is no sudo." >&2
        exit 1
    }
    as_root=(sudo)
fi
echo "Installing ${missing[*]}"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
