#!/bin/sh
# Compiles our own crate with libFuzzer's counters, by flags that a stable compiler takes; what we depend on goes without,
# and so does the build script, which has no libFuzzer.
case " $* " in *" build_script_build "*) exec "$@" ;; esac
exec "$@" -Cpasses=sancov-module -Ccodegen-units=1 \
    -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
