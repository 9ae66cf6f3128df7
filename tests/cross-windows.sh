#!/bin/sh
# Builds Gilscope for Windows (x86-64, mingw) on Debian or Ubuntu and checks that the .exe needs nothing but the
# system's own DLLs. usage: tests/cross-windows.sh [check|build] [cargo options such as --release]
set -eu
cd "$(dirname "$0")/.."
target=x86_64-pc-windows-gnu
what=${1:-build}
[ $# -eq 0 ] || shift

if ! command -v x86_64-w64-mingw32-gcc >/dev/null; then
    echo "Installing gcc-mingw-w64-x86-64: it compiles SQLite and links the .exe." >&2
    sudo=; [ "$(id -u)" -eq 0 ] || sudo=sudo
    $sudo apt-get install -y -q --no-install-recommends gcc-mingw-w64-x86-64-posix >&2
fi
. tests/cross-toolchain.sh
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc
export CC_x86_64_pc_windows_gnu=x86_64-w64-mingw32-gcc AR_x86_64_pc_windows_gnu=x86_64-w64-mingw32-ar

case $what in
check)
    # shellcheck disable=SC2086 # the flags are several words
    exec $cross check $cross_flags --tests --features terminal "$@"
    ;;
build) ;;
*) echo "usage: tests/cross-windows.sh [check|build] [cargo options]" >&2; exit 2 ;;
esac

# shellcheck disable=SC2086
$cross build $cross_flags "$@"
profile=debug
case " $* " in *" --release "*) profile=release ;; esac
exe=$CARGO_TARGET_DIR/$target/$profile/gilscope.exe
imports=$(x86_64-w64-mingw32-objdump -p "$exe" | sed -n 's/^\tDLL Name: //p' | sort -f)
foreign=$(echo "$imports" | grep -i -E '^(lib|mingw|gcc)' || true)
echo "$imports" | sed 's/^/imports /'
if [ -n "$foreign" ]; then
    echo "$exe needs DLLs that Windows does not have: $foreign" >&2
    exit 1
fi
ls -l "$exe"
