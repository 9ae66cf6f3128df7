#!/bin/sh
# Builds Gilscope and opens its window. Without a display it says so, does the same run without the window and shows
# its result. Arguments are handed on: dist/run.sh lesson.py, dist/run.sh run --count 8.
set -eu
cd "$(dirname "$0")/.."
. dist/packages.sh

need_rust
display=
case $(uname -s) in
Linux) [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || display=yes ;;
*) display=yes ;;
esac
if [ "$(uname -s)" = Linux ] && [ -n "$display" ]; then
    # shellcheck disable=SC2086 # several packages
    need "to open a window" $window_packages
    command -v dpkg-query >/dev/null ||
        echo "If the window does not open, install your distribution's packages for X11 or Wayland, xkbcommon-x11 and EGL (Fedora: libxkbcommon-x11 libX11-xcb mesa-libEGL)."
fi

echo "Building Gilscope (a few minutes the first time)"
cargo build --release --locked
gilscope=${CARGO_TARGET_DIR:-target}/release/gilscope

if [ $# -gt 0 ]; then
    exec "$gilscope" "$@"
elif [ -n "$display" ]; then
    echo "Opening the window: press Run."
    exec "$gilscope"
else
    echo "There is no display, so no window: the same run without one. It starts five processes, one after the other."
    exec "$gilscope" run
fi
