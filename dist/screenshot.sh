#!/bin/sh
# Makes assets/screenshot.png, the README's picture: the real program, run on an X server without a screen.
set -eu
cd "$(dirname "$0")/.."
GILSCOPE_SCREENSHOT=$PWD/assets/screenshot.png
export GILSCOPE_SCREENSHOT
cargo test --locked --features inspect --test e2e screenshot -- --ignored --exact
