# shellcheck shell=sh
# What run.sh, test.sh and .ci/run share: packages and translations. Sourced, never run; the caller has
# gone to the project's folder first. Every step looks first and does nothing when its work is done.

venv=.venv
py=$venv/bin/python
whole=$venv/whole-in # holds the folder's path while nothing is half done
unset PYTHONHOME PYTHONPATH VIRTUAL_ENV # another project's settings must not leak into ours

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Only root on a Debian-like system may be helped; everybody else is told what to install.
can_apt() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }
apt_install() {
    say "Installing with apt-get: $*"
    apt="apt-get -q -y -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300"
    DEBIAN_FRONTEND=noninteractive $apt update >/dev/null </dev/null &&
        DEBIAN_FRONTEND=noninteractive $apt install --no-install-recommends "$@" >/dev/null </dev/null ||
        die "apt-get could not install: $*"
}

# The first Python that is new enough, or (with "ensurepip") also able to make a virtual environment.
find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        # running it is the only proof: a name on the PATH may be an empty shim
        if "$name" -c "import sys, venv, ${1:-sys}; sys.exit(sys.version_info < (3, 11))" >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    return 1
}

make_venv() {
    if ! python=$(find_python ensurepip); then
        can_apt && apt_install python3 python3-venv
        python=$(find_python ensurepip) || {
            find_python >/dev/null && die "Python lacks its venv module: install it, e.g. sudo apt-get install python3-venv"
            die "Python 3.11 or newer is needed: install it, e.g. sudo apt-get install python3 python3-venv"
        }
    fi
    [ -w . ] || die "Cannot write in $(pwd): packages are installed into .venv here."
    rm -rf "$venv"
    say "Making a virtual environment …"
    "$python" -m venv "$venv" || die "Could not make $(pwd)/$venv."
    pwd >"$whole"
}

# A virtual environment is made anew when it was moved, its Python was upgraded away, or an install in it was
# interrupted (pip cannot mend every half-installed package).
check_venv() {
    [ "$(cat "$whole" 2>/dev/null)" = "$(pwd)" ] && "$py" -c 'import pip' 2>/dev/null || make_venv
}

# install FILE: what FILE pins, unless the copy kept from the last time is the same.
install() {
    cmp -s "$1" "$venv/installed-$1" && return
    say "Installing the packages of $1 (under a minute) …"
    rm "$whole" 2>/dev/null || die "Cannot write in $(pwd)/$venv: packages are installed there."
    "$py" -m pip install --quiet --no-input --disable-pip-version-check --require-hashes -r "$1" >&2 ||
        die "Could not install the packages of $1; the next start tries again."
    cp "$1" "$venv/installed-$1"
    pwd >"$whole"
}

# What draws PDF: without it everything else works, and the pages say what is missing.
has_pango() { "$py" -c 'import ctypes; [ctypes.CDLL(f"libpango{one}-1.0.so.0") for one in ("", "ft2")]' 2>/dev/null; }
has_russian_font() { ! command -v fc-list >/dev/null 2>&1 || [ -n "$(fc-list :lang=ru family 2>/dev/null | head -n 1)" ]; }
pdf_libraries() {
    has_pango && has_russian_font && return
    if can_apt; then
        (apt_install libpango-1.0-0 libpangoft2-1.0-0 fonts-dejavu-core) || say "PDF cannot be made until then."
    else
        say "To make PDF, install: sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 fonts-dejavu-core"
    fi
}

# .mo files are build products; a half-written one must not look finished, hence the move.
compile_translations() {
    for po in crm/translations/*/LC_MESSAGES/*.po; do
        mo=${po%.po}.mo
        if [ -f "$po" ] && { [ ! -f "$mo" ] || [ -n "$(find "$po" -newer "$mo")" ]; }; then
            "$py" -m babel.messages.frontend --quiet compile -i "$po" -o "$mo.new" >&2 && mv "$mo.new" "$mo" ||
                die "Could not compile $po."
        fi
    done
}

# prepare FILE…: everything the code needs to run, with the packages of these requirement files. One at a time:
# run.sh and test.sh may be started together (the lock needs no file of its own and ends with the process).
prepare() {
    exec 9<setup.sh
    if command -v flock >/dev/null 2>&1 && ! flock -n 9; then
        say "Waiting for another set-up in this folder …"
        flock 9
    fi
    check_venv
    for file in "$@"; do install "$file"; done
    compile_translations
    exec 9<&-
}
