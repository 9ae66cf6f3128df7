#!/bin/sh
# Makes what is given to users of Windows, in target/dist: a folder with the program, the same as a .zip, and an
# installer for one user. Runs on Debian and Ubuntu (cross-built with mingw) and on Windows in Git Bash.
# usage: dist/windows/build.sh [gilscope.exe]: packs this one, and gilscope-terminal.exe beside it, instead of building.
set -eu
cd "$(dirname "$0")/../.."
. dist/packages.sh

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
name=gilscope-$version-windows-x86_64
out=target/dist
exe=${1:-}
nsis_flags=
case $(uname -s) in
MINGW* | MSYS*)
    PATH=$PATH:/c/Program\ Files\ \(x86\)/NSIS
    command -v makensis >/dev/null || {
        echo "NSIS is missing: run 'winget install NSIS.NSIS', then this again." >&2
        exit 3
    }
    if [ -z "$exe" ]; then
        # Microsoft's library inside the program: a fresh Windows has none.
        export CARGO_TARGET_X86_64_PC_WINDOWS_MSVC_RUSTFLAGS="-C target-feature=+crt-static"
        cargo build --release --locked --features terminal
        exe=${CARGO_TARGET_DIR:-target}/release/gilscope.exe
    fi
    ;;
*)
    need "to pack the Windows program" nsis zip
    # Debian's NSIS can make the installer itself a 64-bit program, which needs no 32-bit half of Windows.
    nsis_flags="-XTarget amd64-unicode"
    if [ -z "$exe" ]; then
        tests/cross-windows.sh build --release --locked --features terminal
        exe=${GILSCOPE_CROSS_TARGET:-${XDG_CACHE_HOME:-$HOME/.cache}/gilscope-cross/target}
        exe=$exe/x86_64-pc-windows-gnu/release/gilscope.exe
    fi
    ;;
esac

# The resource is the program's identity; its build script only warns where it could not be made.
grep -qa '<activeCodePage' "$exe" || {
    echo "$exe has no icon, version and manifest: is windres or the Windows SDK there?" >&2
    exit 1
}

rm -rf "${out:?}/$name" "$out/$name.zip" "$out/$name-setup.exe"
mkdir -p "$out/$name"
cp "$exe" "$out/$name/gilscope.exe"
# A shell finds a .com before an .exe.
cp "$(dirname "$exe")/gilscope-terminal.exe" "$out/$name/gilscope.com"
cp LICENSE "$out/$name/LICENSE.txt"
cp assets/licences.txt "$out/$name/"

if command -v zip >/dev/null; then
    (cd $out && zip -q -9 -r "$name.zip" "$name")
else
    # Windows' own tar, not Git's: it makes a .zip where the name says so.
    (cd $out && "$SYSTEMROOT/System32/tar.exe" -a -c -f "$name.zip" "$name")
fi
# Paths are NSIS's from the script's folder. The options begin with - : Git Bash would take /D for a path.
makensis -V2 ${nsis_flags:+"$nsis_flags"} "-DVERSION=$version" "-DFILES=../../$out/$name" \
    "-DOUT=../../$out/$name-setup.exe" "-DICON=../../assets/icon.ico" dist/windows/installer.nsi
ls -l "$out/$name" "$out/$name.zip" "$out/$name-setup.exe"
