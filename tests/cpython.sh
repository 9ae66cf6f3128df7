#!/bin/sh
# Runs CPython's own tests of processes, threads and pools, bare and watched, and compares what each test said.
# Slow (minutes), so no part of tests/run.sh.
#
#   tests/cpython.sh [PYTHON] [TEST…]
#
# GILSCOPE names the program to watch with; the debug build unless given.
set -eu
cd "$(dirname "$0")/.."

python=${1:-python3}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- test_multiprocessing_fork test_multiprocessing_spawn test_multiprocessing_forkserver \
    test_concurrent_futures test_threading test_subprocess

# Python's own variables would change what is tested.
for name in $(env | sed -n 's/^\(PYTHON[A-Z0-9_]*\)=.*/\1/p'); do unset "$name"; done

if ! "$python" -c 'import test.libregrtest' 2>/dev/null; then
    echo "SKIPPED: $python has no test package (Debian: libpython3-testsuite; pyenv's have it)"
    exit 0
fi
if [ -z "${GILSCOPE:-}" ]; then
    cargo build --locked
    GILSCOPE=target/debug/gilscope
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
# Not `-m test`: that starts itself anew with -E, which loads no probe.
cat >"$work/suite.py" <<'SUITE'
from test.libregrtest.main import main

if __name__ == "__main__":
    main()
SUITE
# A line a test, its name and how it ended; names that say a process number or an address say a star.
cat >"$work/outcomes.py" <<'OUTCOMES'
import re, sys
import xml.etree.ElementTree as tree

for case in tree.parse(sys.argv[1]).iter("testcase"):
    ends = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
    print(re.sub(r"0x[0-9a-f]+|\d{3,}", "*", case.get("name")), *(ends or ["ok"]))
OUTCOMES

# Several minutes without an end are a hang, which is a result like any other.
limited() { timeout --kill-after 10 "${LIMIT:-900}" "$@" </dev/null; }

# outcomes NAME FILE STATUS: a run that broke off says so in a line of its own.
outcomes() {
    [ -s "$2" ] && "$python" "$work/outcomes.py" "$2" | sort
    [ "$3" = 124 ] || [ "$3" = 137 ] && echo "did not end in time"
    [ -s "$2" ] || echo "ended without results, status $3"
}

differ=0
for test in "$@"; do
    for how in bare watched; do
        began=$(date +%s) status=0
        options="--timeout 300 --junit-xml $work/$how.xml $test"
        rm -f "$work/$how.xml"
        # shellcheck disable=SC2086 # several options
        case $how in
        bare) limited "$python" "$work/suite.py" $options ;;
        watched) limited "$GILSCOPE" run --raw --python "$python" --script "$work/suite.py" -- $options ;;
        esac >"$work/$how.log" 2>&1 || status=$?
        outcomes "$test" "$work/$how.xml" "$status" >"$work/$how.txt" || true
        echo "$test $how: $(grep -c ' ok$' "$work/$how.txt") ok, $(grep -cE ' (failure|error)$' "$work/$how.txt")" \
            "failed, $(grep -c ' skipped$' "$work/$how.txt") skipped, status $status, $(($(date +%s) - began)) s"
    done
    if diff -u "$work/bare.txt" "$work/watched.txt" >"$work/diff"; then
        echo "$test: the same"
    else
        differ=1
        echo "$test: DIFFERS (- bare, + watched)"
        grep '^[-+][^-+]' "$work/diff" || true
        if [ -n "${LOGS:-}" ]; then
            mkdir -p "$LOGS"
            cp "$work/bare.log" "$LOGS/$test.bare.log"
            cp "$work/watched.log" "$LOGS/$test.watched.log"
        fi
    fi
done
exit $differ
