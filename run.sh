#!/bin/sh
# Starts Soglasie CRM: the first time it also installs and sets up everything it needs.
# Settings (environment): HOST, PORT, WEB_WORKERS, DATABASE_URL; the others are listed in crm/config.py.
set -eu
cd -- "$(dirname -- "$0")"
. ./setup.sh

export HOST="${HOST:-127.0.0.1}" PORT="${PORT:-8000}" WEB_WORKERS="${WEB_WORKERS:-1}"
mkdir -m 700 -p "${INSTANCE:-instance}" 2>/dev/null && [ -w "${INSTANCE:-instance}" ] ||
    die "Cannot write in ${INSTANCE:-$(pwd)/instance}: secrets and the database are kept there."
prepare requirements.txt
pdf_libraries

# What a wrong setting would break later and less clearly is tried here; prints the address to listen on.
address=$("$py" - <<'EOF'
import os, socket, sys

host, port, workers = os.environ["HOST"], os.environ["PORT"], os.environ["WEB_WORKERS"]
url = os.environ.get("DATABASE_URL", "")
if not port.isdecimal() or not 0 < int(port) < 65536:
    sys.exit(f"PORT must be a number from 1 to 65535, not {port!r}.")
if not workers.isdecimal() or int(workers) < 1:
    sys.exit(f"WEB_WORKERS must be a number from 1, not {workers!r}.")
if int(workers) > 1 and not url.startswith("postgresql"):
    sys.exit("WEB_WORKERS above 1 needs PostgreSQL (DATABASE_URL): SQLite is for one process.")
try:
    family, kind, _, _, address = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
except OSError as error:
    sys.exit(f"Cannot listen on {host}:{port} ({error.strerror}); set HOST or PORT to others.")
if url:
    from sqlalchemy import create_engine, exc
    try:
        create_engine(url, connect_args={"connect_timeout": 5} if url.startswith("postgresql") else {}).connect().close()
    except (exc.SQLAlchemyError, ImportError, ValueError) as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]  # never the address: it has a password
        sys.exit(f"Cannot open the database of DATABASE_URL: {reason}")
print(address[0])
EOF
)

umask 077 # what is made from here on (secrets, database) is for this user alone
"$py" -m flask --app wsgi set-up
say "Press Ctrl-C to stop."

# Who does background jobs: the server itself, unless JOBS=worker says that `flask --app wsgi work` runs beside it.
case "${DATABASE_URL:-}" in postgresql*) ;; *) JOBS=embedded ;; esac
export JOBS="${JOBS:-embedded}"

# The server holds one file per connection; the usual soft limit of 1,024 is less than it can serve.
# shellcheck disable=SC3045 # a shell without ulimit -n or -H changes nothing
ulimit -n "$(ulimit -Hn)" 2>/dev/null || :
# When told to stop, requests under way get 10 seconds; a worker still starting is ended by the same limit.
# Threads: a request whose body arrives slowly holds one, so many more than the cores can keep busy; they are
# started only when needed (--log-level error: granian would warn about that number at each start).
# glibc keeps an arena of memory for each thread otherwise: many threads, much memory that nobody uses
export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-2}"
exec "$py" -m granian wsgi:app --interface wsgi --host "$address" --port "$PORT" --workers "$WEB_WORKERS" \
    --blocking-threads 64 --backlog 4096 --backpressure 4096 --http 1 --no-ws \
    --http1-header-read-timeout 10000 --respawn-failed-workers --workers-kill-timeout 10 --log-level error
