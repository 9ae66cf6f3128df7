#!/bin/sh
# Sourced by tests/wine.sh: the command line, into files and on a terminal, and what a kill leaves.

ran 0 version "$there/gilscope.exe" --version
grep -q "^gilscope $version" version.out || fail "--version said $(cat version.out)"
ran 2 unusable "$there/gilscope.exe" run --count 0
for way in turn threads processes pool; do
    ran 0 $way "$there/gilscope.exe" run --json --python builtin --way $way --count 8
    holds "$way" $way.out 'f["workers"] == f["finished"] == f["lines"] == 8 and f["failed"] == f["lines_lost"] == 0'
    [ ! -s $way.err ] || fail "$way said: $(cat $way.err)"
done
ran 0 com "$there/gilscope.com" run --python builtin --count 8 --join end
[ "$(grep -c 'Spawned' com.out)" -eq 8 ] || fail "gilscope.com printed $(cat com.out)"
passed "the command line: its status, and 8 built-in workers in each of 4 ways, into files"

# A program without a console of its own prints to that of who started it.
ran 0 terminal terminal.exe screen.txt - "C:\\$mark\\gilscope.exe run --python builtin --count 3"
grep -q '3 worker(s), 3 finished' screen.txt && grep -q '^status 0' screen.txt || fail "the terminal shows $(tail -8 screen.txt)"
ran 0 terminal terminal.exe screen.txt - "C:\\$mark\\gilscope.com run --count 0"
grep -q 'a whole number from 1 to 500' screen.txt && grep -q '^status 2' screen.txt || fail "the terminal shows $(tail -8 screen.txt)"
for program in exe com; do
    ran 0 terminal terminal.exe ctrl-c-$program.txt Spawned \
        "C:\\$mark\\gilscope.$program run --python builtin --work forever --count 2 --join end --time-limit 50s"
    grep -q 'stopped by user' ctrl-c-$program.txt && grep -q '^status 0' ctrl-c-$program.txt ||
        fail "after Ctrl-C the terminal shows $(tail -8 ctrl-c-$program.txt)"
    wait_for 5 "the end of all workers after Ctrl-C" are 0
done
passed "a terminal: text, status, and Ctrl-C ends a run"

# Killed hard: nobody of it is left to tidy up, and the job object ends what it started.
killed() {
    wine "$there/$1" run --python builtin --work forever --count 8 --join end --time-limit 100s >killed.out 2>&1 &
    program=$!
    wait_for 30 "8 workers and their root" are 9
    shift
    "$@" >kill.out 2>&1 || fail "$* could not kill: $(cat kill.out)"
    wait_for 10 "the end of 8 workers after $*" are 0
    wait $program || true
}
gone() { ! pgrep -f "$mark.gilscope.exe"; }
unix_kill() { kill -9 $program; }
killed gilscope.exe unix_kill
killed gilscope.exe wine taskkill /F /IM gilscope.exe
killed gilscope.com wine taskkill /F /IM gilscope.com
wait_for 10 "the end of gilscope.exe, whose gilscope.com was killed" gone
passed "killed hard, by Unix and by taskkill /F: the job object ended the root and 8 workers, and what gilscope.com had started"
