#!/bin/sh
# Builds Gilscope and opens its window. Without a display it says so, does the same run without the window and shows
# its result. Arguments are handed on: dist/run.sh lesson.py, dist/run.sh run --count 8.
set -eu
cd "$(dirname "$0")/.."
. dist/packages.sh

need_rust
if [ "$(uname -s)" = Linux ] && [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    # shellcheck disable=SC2086 # several packages
    need "to open a window" $window_packages
    command -v dpkg-query >/dev/null ||
        echo "If the window does not open, install your distribution's packages for X11 or Wayland, xkbcommon-x11 and EGL (Fedora: libxkbcommon-x11 libX11-xcb mesa-libEGL)."
fi

echo "Building Gilscope (a few minutes the first time)"
cargo build --release --locked
exec "${CARGO_TARGET_DIR:-target}/release/gilscope" "$@"
