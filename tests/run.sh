#!/bin/sh
# Installs what the tests need and passes them: format, lints, tests with real interpreters and a real window, docs.
set -eu
cd "$(dirname "$0")/.."
. dist/packages.sh

need_rust
for part in fmt clippy; do
    cargo $part --version >/dev/null 2>&1 || rustup component add "$(echo $part | sed s/fmt/rustfmt/)"
done
case $(uname -s) in
Linux)
    command -v python3 >/dev/null || need "for the tests that run real Python" python3
    # shellcheck disable=SC2086 # several packages
    need "for the tests that open the window on a display of their own" xvfb $window_packages
    command -v dpkg-query >/dev/null ||
        echo "The tests want Python 3.8 or newer, Xvfb, and what a window needs (X11, xkbcommon-x11, EGL, Mesa)."
    ;;
esac

# Python's own variables would change what is measured.
for name in $(env | sed -n 's/^\(PYTHON[A-Z0-9_]*\)=.*/\1/p'); do unset "$name"; done

# More interpreters than the ones found: a program beside the checkout may unpack some and print their paths.
if [ -x ../shared/tools/pythons ] && more=$(../shared/tools/pythons); then
    GILSCOPE_PYTHONS=$(echo "$more" | paste -sd: -)${GILSCOPE_PYTHONS:+:$GILSCOPE_PYTHONS}
    export GILSCOPE_PYTHONS
fi

step() {
    echo "== $*"
    "$@"
}
step cargo fmt --all --check
step cargo clippy --locked --all-targets --features inspect -- -D warnings
step cargo test --locked --features inspect
RUSTDOCFLAGS="-D warnings" step cargo doc --locked --no-deps --features inspect
echo "All tests passed."
