#!/bin/sh
# Makes assets/pictures, those of the README: the real program and real runs, on an X server without a screen. Close what
# else takes cores first: it would be in the runs.
set -eu
cd "$(dirname "$0")/.."
GILSCOPE_PICTURES=$PWD/assets/pictures
export GILSCOPE_PICTURES
mkdir -p "$GILSCOPE_PICTURES"
cargo test --locked --features inspect --test e2e pictures -- --ignored
