#!/bin/sh
# Checks on any Linux that Gilscope compiles for macOS (Apple silicon and Intel): every type and every borrow of the Rust code,
# with no SDK and no linking. The bundled C code (SQLite, the allocator) is NOT compiled: its compiler is replaced by
# one that makes empty objects, because the headers of macOS are not to be had here.
# usage: tests/check-macos.sh [aarch64|x86_64] [cargo options]: both unless one is named
set -eu
cd "$(dirname "$0")/.."
case ${1:-} in
aarch64 | x86_64) arch=$1; shift ;;
*)
    for arch in aarch64 x86_64; do tests/check-macos.sh $arch "$@"; done
    exit
    ;;
esac
target=$arch-apple-darwin
. tests/cross-toolchain.sh

stand_in=$CARGO_TARGET_DIR/empty-objects
mkdir -p "$stand_in"
cat >"$stand_in/cc" <<'CC'
#!/bin/sh
# Makes an empty object for whatever it is asked to compile.
out=
while [ $# -gt 0 ]; do
    case $1 in
    -o) out=$2; shift ;;
    -E) exit 0 ;;
    esac
    shift
done
[ -z "$out" ] || : >"$out"
CC
cat >"$stand_in/ar" <<'AR'
#!/bin/sh
# Makes an empty archive.
for word; do case $word in *.a) printf '!<arch>\n' >"$word" ;; esac; done
AR
chmod +x "$stand_in/cc" "$stand_in/ar"
export "CC_${arch}_apple_darwin=$stand_in/cc" "CXX_${arch}_apple_darwin=$stand_in/cc" "AR_${arch}_apple_darwin=$stand_in/ar"
export SDKROOT=/nowhere # so that build scripts do not look for Xcode

# shellcheck disable=SC2086 # the flags are several words
exec $cross check $cross_flags --tests "$@"
