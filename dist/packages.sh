#!/bin/sh
# Sourced by dist/run.sh and tests/run.sh: need PURPOSE PACKAGE... installs Debian packages that are not there yet.

# Says what and why before it installs; asks for sudo only where it is not root. On other systems it says what to
# install and goes on: the build or the test says what is missing.
need() {
    purpose=$1
    shift
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        return 0
    fi
    missing=
    for package; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    echo "Installing Debian packages $purpose:$missing"
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        as_root=sudo
        command -v sudo >/dev/null || {
            echo "Not root and no sudo. As root, run: apt-get install$missing" >&2
            return 3
        }
    fi
    # The list of packages may be old or not there at all: fetch it and try again.
    # shellcheck disable=SC2086 # several packages
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >/dev/null 2>&1 || {
        $as_root apt-get update -q >/dev/null
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >/dev/null
    }
}

# What a window needs on Linux at run time; nothing of it is needed to build.
window_packages="libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0 libegl1 libgl1-mesa-dri libwayland-egl1 libfontconfig1"

# Rust itself and a C compiler.
need_rust() {
    command -v cargo >/dev/null || [ ! -x "$HOME/.cargo/bin/cargo" ] || PATH=$HOME/.cargo/bin:$PATH
    command -v cargo >/dev/null || {
        echo "Rust is missing: install it from https://rustup.rs, then run this again." >&2
        exit 3
    }
    if ! command -v cc >/dev/null; then
        need "to compile SQLite and to link" gcc libc6-dev
    fi
    command -v cc >/dev/null || {
        echo "A C compiler is missing: install gcc or clang (macOS: xcode-select --install), then run this again." >&2
        exit 3
    }
}
