#!/bin/sh
# Runs what is given to users of Windows under Wine, as Debian has it: the command line, a terminal, the window, what is
# left after a kill, the installer. usage: tests/wine.sh [FOLDER]: takes the packages there instead of building them.
# Wine is no Windows: it tells a program its own CPU times for those of others, and there is no CPython in it, so the
# built-in workers run and CPU figures are not looked at.
# What the program said, and pictures of its window, are left in target/wine.
set -eu
cd "$(dirname "$0")/.."
for tool in wine x86_64-w64-mingw32-gcc Xvfb xdotool import python3; do
    command -v $tool >/dev/null || {
        echo "SKIPPED: nothing was run under Wine: $tool is missing (Debian: apt-get install wine wine64 gcc-mingw-w64-x86-64-posix xvfb xdotool imagemagick python3)"
        exit 0
    }
done
packages=${1:-target/dist}
[ $# -gt 0 ] || dist/windows/build.sh
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
work=$PWD/target/wine
setup=$(ls "$PWD/$packages"/*-"$version"-*-setup.exe 2>/dev/null || ls "$packages"/*-"$version"-*-setup.exe)
zip=${setup%-setup.exe}.zip

# A name of this test's own: its processes are told apart by it.
mark=gilscope-$$
export WINEPREFIX="$work/prefix" WINEARCH=win64 WINEDEBUG=-all LIBGL_ALWAYS_SOFTWARE=1
export WINEDLLOVERRIDES="mscoree,mshtml,winedbg.exe=;pdh=n"
there=$WINEPREFIX/drive_c/$mark
user=$WINEPREFIX/drive_c/users/$(id -un)
data=$user/AppData/Roaming/Gilscope
server=
finish() {
    wineserver -k 2>/dev/null || true
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
}
trap finish EXIT

fail() {
    echo "FAILED under Wine: $*" >&2
    [ -z "$server" ] || import -window root "$work/failed.png" 2>/dev/null || true
    exit 1
}
passed() { echo "passed: $*"; }

# wait_for SECONDS WHAT COMMAND...: until the command succeeds.
wait_for() {
    deadline=$(($(date +%s) + $1))
    what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        [ "$(date +%s)" -le $deadline ] || fail "$what did not come in time"
        sleep 0.05
    done
}

# ran STATUS NAME COMMAND...: runs it to its end, its output in files and never in a pipe, whose end Wine loses.
ran() {
    wanted=$1
    name=$2
    shift 2
    for _ in 1 2 3; do
        status=0
        timeout 120 wine "$@" >"$work/$name.out" 2>"$work/$name.err" || status=$?
        # Of some hundred processes Wine 8 fails to start one, by an internal error of its own.
        grep -q 'os error 1359' "$work/$name.out" "$work/$name.err" || break
    done
    [ $status -eq "$wanted" ] || {
        cat "$work/$name.out" "$work/$name.err" >&2
        fail "$* ended with $status and not $wanted"
    }
}

# holds WHAT FILE EXPRESSION: of the figures in a file, by Python.
holds() {
    python3 -c 'import json, sys
f = json.load(open(sys.argv[1]))
assert eval(sys.argv[2]), f' "$2" "$3" || fail "$1: not $3"
}

# How many workers of this test's programs are alive.
workers() { pgrep -c -f "$mark.*gilscope.(exe|com)\"? worker (root|process)" || true; }
are() { [ "$(workers)" -eq "$1" ]; }
are_at_least() { [ "$(workers)" -ge "$1" ]; }

rm -rf "$work"
mkdir -p "$work"
wine wineboot -i >"$work/boot.out" 2>&1 && wineserver -w || fail "Wine made no Windows: see $work/boot.out"
mkdir "$there"
(cd "$there" && unzip -q -j "$zip")
for dll in bcryptprimitives pdh; do
    x86_64-w64-mingw32-gcc -shared -o "$there/$dll.dll" tests/wine/$dll.c -ladvapi32
done
x86_64-w64-mingw32-gcc -o "$work/terminal.exe" tests/wine/terminal.c

Xvfb -displayfd 3 -screen 0 1440x900x24 -nolisten tcp 3>"$work/display" 2>/dev/null &
server=$!
wait_for 20 "an X server" test -s "$work/display"
DISPLAY=:$(cat "$work/display")
export DISPLAY
cd "$work"

. ../../tests/wine/command_line.sh
. ../../tests/wine/window.sh
. ../../tests/wine/installer.sh
echo "All passed under $(wine --version); pictures are in target/wine"
