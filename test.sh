#!/bin/sh
# Runs the whole test suite; arguments go to pytest (./test.sh -k consent). Installs what it needs first.
# TEST_DATABASE_URL=postgresql://… runs it on PostgreSQL, otherwise SQLite. With CI=true a skip is a failure.
set -eu
cd -- "$(dirname -- "$0")"
. ./setup.sh
prepare requirements.txt requirements-dev.txt

[ -x /usr/bin/chromium ] && "$venv"/lib/python3*/site-packages/playwright/driver/node --version >/dev/null 2>&1 ||
    say "NOTE: the browser tests cannot run without these packages: sudo apt-get install chromium libatomic1"

[ -x /usr/sbin/dovecot ] || command -v dovecot >/dev/null 2>&1 ||
    say "NOTE: the tests of the mailbox cannot run without this package: sudo apt-get install dovecot-imapd"

report=$(mktemp)
trap 'rm -f "$report"' EXIT
code=0
"$py" -m pytest --junit-xml="$report" "$@" || code=$?

# pytest says why above ("SKIPPED … reason"); nobody should take a run with holes for a whole one.
skipped=$(sed -n 's/.*<testsuite [^>]*skipped="\([0-9]*\)".*/\1/p' "$report")
[ "${skipped:-0}" = 0 ] || say "ATTENTION: $skipped test(s) were SKIPPED, reasons above: this was not the whole suite."
exit "$code"
