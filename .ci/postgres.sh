#!/usr/bin/env bash
# Run a command with DATABASE_URL pointing to a PostgreSQL cluster made for it alone:
#
#     .ci/postgres.sh .venv/bin/python -m pytest
#
# The cluster lives in a temporary folder, listens on a free port of 127.0.0.1 with a random password, and is gone
# when the command ends. PostgreSQL refuses to run as root, so root starts it as the user postgres (or nobody).
set -euo pipefail

[ "$#" -gt 0 ] || {
    echo "usage: $0 COMMAND [ARGUMENT ...]" >&2
    exit 2
}

bin=$({ find /usr/lib/postgresql /usr/pgsql-* -maxdepth 3 -name initdb 2>/dev/null || true; } | sort -V | tail -n 1 |
    xargs -r dirname)
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb || true)")
[ -x "$bin/initdb" ] || {
    echo "PostgreSQL is not installed: .ci/packages.sh installs it." >&2
    exit 1
}

as_server=()
owner=$(id -un)
if [ "$(id -u)" -eq 0 ]; then
    owner=postgres
    id "$owner" >/dev/null 2>&1 || owner=nobody
    if command -v setpriv >/dev/null; then
        as_server=(setpriv --reuid "$owner" --regid "$(id -gn "$owner")" --clear-groups --)
    else
        as_server=(runuser -u "$owner" --)
    fi
fi

folder=$(mktemp -d /tmp/portal-postgres.XXXXXX)
chmod 755 "$folder"
child=
stop() {
    status=$?
    trap - EXIT
    if [ -n "$child" ]; then
        kill "$child" 2>/dev/null || true
        wait "$child" 2>/dev/null || true
    fi
    (cd "$folder" && "${as_server[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1) || true
    rm -rf "$folder"
    exit "$status"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

python=$(command -v python3)
password=$("$python" -c 'import secrets; print(secrets.token_hex(24))')
(umask 077 && printf '%s\n' "$password" >"$folder/password")
[ "$(id -u)" -ne 0 ] || chown -R "$owner" "$folder"

here=$PWD
cd "$folder"
"${as_server[@]}" "$bin/initdb" -D "$folder/data" -U portal --pwfile="$folder/password" --auth=scram-sha-256 \
    --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$folder/initdb.log" 2>&1 || {
    cat "$folder/initdb.log" >&2
    exit 1
}

# Somebody else may take a free port before the server does: then the next one is tried.
for attempt in 1 2 3 4 5; do
    port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c synchronous_commit=off"
    options="$options -c full_page_writes=off -c max_connections=200"
    if "${as_server[@]}" "$bin/pg_ctl" -D "$folder/data" -l "$folder/server.log" -o "$options" -w -t 60 start \
        >"$folder/start.log" 2>&1; then
        break
    fi
    if [ "$attempt" -eq 5 ]; then
        cat "$folder/start.log" "$folder/server.log" >&2
        exit 1
    fi
done

cd "$here"
export DATABASE_URL="postgresql://portal:$password@127.0.0.1:$port/postgres"
# In the background, with its input kept, because bash answers signals only between commands.
"$@" <&0 &
child=$!
status=0
wait "$child" || status=$?
child=
exit "$status"
