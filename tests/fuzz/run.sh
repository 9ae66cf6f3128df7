#!/bin/sh
# Fuzzes a target, or one after the other, for so many seconds each, and keeps what reaches more of our code:
#     tests/fuzz/run.sh [TARGET|all] [SECONDS]
# An input that fails is left in target/fuzz/TARGET: it goes into tests/fuzz/corpus/TARGET together with the fix.
# libFuzzer is C++, so a compiler of that is needed.
set -eu
cd "$(dirname "$0")/../.."
target=${1:-all}
seconds=${2:-60}
kept=tests/fuzz/corpus/$target
if [ "$target" = all ]; then
    for kept in tests/fuzz/corpus/*/; do "$0" "$(basename "$kept")" "$seconds"; done
    exit
fi

out=${CARGO_TARGET_DIR:-target}/fuzz
mkdir -p "$out/$target/found"
# The usual profile checks overflows, and what we depend on is built already.
CARGO_PROFILE_DEV_OPT_LEVEL=3 RUSTC_WORKSPACE_WRAPPER=$PWD/tests/fuzz/rustc.sh \
    cargo build --locked --features fuzz --example libfuzzer --message-format json-render-diagnostics >"$out/build.json"
program=$(sed -n 's/.*"executable":"\([^"]*libfuzzer[^"]*\)".*/\1/p' "$out/build.json")

# What a target writes lies in memory where there is one.
memory=/dev/shm
[ -w $memory ] || memory=$out
TMPDIR=$(mktemp -d "$memory/gilscope-fuzz.XXXXXX")
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT

fuzz() {
    GILSCOPE_FUZZ=$target "$program" -rss_limit_mb=2048 -timeout=10 -max_len=16384 \
        -artifact_prefix="$out/$target/" "$@"
}
fuzz -max_total_time="$seconds" -print_final_stats=1 -dict=tests/fuzz/words "$out/$target/found" "$kept"
# An edge that is reached once is enough, so the kept ones stay few.
fuzz -merge=1 -set_cover_merge=1 -use_counters=0 "$kept" "$out/$target/found"
