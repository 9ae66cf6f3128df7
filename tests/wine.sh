#!/bin/sh
# Runs the Windows build under Wine: the built-in workers from the command line, then the window, and says what came.
# Wine is no Windows: CPU times of other processes are always 0 there, and there is no CPython for it here.
# Two DLLs that Debian's Wine lacks are stood in for, for this test only.
set -eu
cd "$(dirname "$0")/.."
if ! command -v wine >/dev/null || ! command -v Xvfb >/dev/null; then
    echo "Installing wine and xvfb, to run the Windows build" >&2
    sudo=; [ "$(id -u)" -eq 0 ] || sudo=sudo
    $sudo apt-get install -y -q --no-install-recommends wine wine64 xvfb >&2
fi
tests/cross-windows.sh build "$@"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/gilscope-cross
profile=debug
case " $* " in *" --release "*) profile=release ;; esac
there=$cache/wine-$profile
mkdir -p "$there"
cp "${GILSCOPE_CROSS_TARGET:-$cache/target}/x86_64-pc-windows-gnu/$profile/gilscope.exe" "$there/"

cat >"$there/prng.c" <<'C'
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE p, SIZE_T n) { return SystemFunction036(p, (ULONG)n); }
C
cat >"$there/pdh.c" <<'C'
#include <windows.h>
#define NO(n) __declspec(dllexport) LONG WINAPI n(void) { return (LONG)0xC0000BB8; }
NO(PdhAddEnglishCounterW) NO(PdhCloseQuery) NO(PdhCollectQueryData) NO(PdhEnumObjectsW)
NO(PdhGetFormattedCounterArrayW) NO(PdhGetFormattedCounterValue) NO(PdhOpenQueryW) NO(PdhRemoveCounter)
C
x86_64-w64-mingw32-gcc -shared -o "$there/bcryptprimitives.dll" "$there/prng.c" -ladvapi32
x86_64-w64-mingw32-gcc -shared -o "$there/pdh.dll" "$there/pdh.c"

export WINEPREFIX="$cache/wine-prefix" WINEARCH=win64 WINEDEBUG=-all
export WINEDLLOVERRIDES="mscoree,mshtml,winedbg.exe=;pdh=n"
export LIBGL_ALWAYS_SOFTWARE=1
display=$there/display
rm -f "$display"
mkfifo "$display"
Xvfb -displayfd 3 -screen 0 1440x900x24 -nolisten tcp 3>"$display" 2>/dev/null &
server=$!
trap 'kill $server 2>/dev/null || true; wineserver -k 2>/dev/null || true' EXIT
read -r number <"$display"
export DISPLAY=":$number"

cd "$there"
for way in turn threads processes pool; do
    status=0
    # To a file and not to a pipe: Wine loses the end of a pipe.
    timeout 120 wine gilscope.exe run --python builtin --way $way --work hello --count 3 --json >"$way.json" 2>"$way.err" || status=$?
    echo "$way: status $status"
    cat "$way.json" "$way.err"
    grep -q '"finished": *3' "$way.json" || { echo "$way did not finish its 3 workers under Wine" >&2; exit 1; }
done

timeout 60 wine gilscope.exe >window.out 2>window.err &
window=$!
found=
for _ in $(seq 300); do
    if command -v xdotool >/dev/null && xdotool search --name '^Gilscope' >/dev/null 2>&1; then found=yes; break; fi
    kill -0 $window 2>/dev/null || break
    sleep 0.2
done
[ -n "$found" ] || { cat window.out window.err; echo "no window under Wine (is xdotool there?)" >&2; exit 1; }
command -v import >/dev/null && sleep 2 && import -window root window.png && echo "the window: $there/window.png"
echo "passed under Wine: 4 ways by the built-in workers, and the window opened"
