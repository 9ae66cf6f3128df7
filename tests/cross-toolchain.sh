#!/bin/sh
# Sourced by cross-windows.sh and check-macos.sh: sets `cross` to a cargo command that can build for $target.
#
# With rustup and network, `rustup target add $target` is all that is needed, and it is used where it was done.
# Otherwise, on Debian, the distribution's newer compiler (rustc-web, with the sources of its standard library) is
# unpacked below the cache folder, not installed, and builds the standard library itself.
set -eu
: "${target:?the script that sources this sets it}"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/gilscope-cross

if [ -n "$(ls "$(rustc --print target-libdir --target "$target" 2>/dev/null)" 2>/dev/null)" ]; then
    cross="cargo"
    cross_flags="--target $target"
else
    root=$cache/debian-rust
    if [ ! -x "$root/usr/bin/rustc" ]; then
        command -v apt-get >/dev/null || {
            echo "No standard library for $target: run 'rustup target add $target' (only Debian has another way)." >&2
            exit 3
        }
        echo "Unpacking Debian's rustc-web with the sources of its standard library below $cache (600 MB, nothing is installed)." >&2
        # A list of packages that is old names an old compiler.
        apt-get -q update >&2 || echo "The list of packages could not be renewed; the one that is there is used." >&2
        rm -rf "$cache/debs" "$root"
        mkdir -p "$cache/debs" "$root.part"
        std=$(apt-cache depends libstd-rust-web-dev | sed -n 's/^ *Depends: \(libstd-rust-web-[0-9.]*\)$/\1/p' | head -1)
        llvm=$(apt-cache depends rustc-web "$std" | sed -n 's/^ *Depends: \(libllvm[0-9]*\)$/\1/p' | head -1)
        (cd "$cache/debs" && apt-get -q download rustc-web rust-web-src libstd-rust-web-dev "$std" "$llvm" >&2)
        for deb in "$cache"/debs/*.deb; do dpkg -x "$deb" "$root.part"; done
        rm -rf "$cache/debs"
        mv "$root.part" "$root"
    fi
    export LD_LIBRARY_PATH="$root/usr/lib/x86_64-linux-gnu${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
    export RUSTC="$root/usr/bin/rustc"
    export RUSTC_BOOTSTRAP=1 # building std is not yet stable; the program itself uses no unstable feature
    cross="cargo"
    cross_flags="-Zbuild-std=std,panic_unwind --target $target"
fi
export CARGO_TARGET_DIR="${GILSCOPE_CROSS_TARGET:-$cache/target}"
