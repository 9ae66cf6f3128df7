#!/bin/sh
# Sourced by tests/wine.sh: the window, driven by keys and the pointer as a user does.

runs=$data/data/runs
# open_window SETTINGS: these, and for the rest those of a first start.
open_window() {
    mkdir -p "$data/config"
    echo "$1" >"$data/config/settings.json"
    wine "$there/gilscope.exe" >window.out 2>window.err &
    program=$!
    wait_for 30 "the window" found '^Gilscope'
    window=$id
    wait_for 30 "what is in the window" is_drawn
    timeout 20 xdotool windowfocus --sync "$window"
}
# found NAME: a window that is seen and has this name, in $id. One that goes meanwhile ends the search: it is tried again.
found() {
    id=$(timeout 20 xdotool search --onlyvisible --name "$1" 2>/dev/null | head -1)
    [ -n "$id" ]
}
is_gone() { ! found "$1"; }
is_drawn() { [ "$(timeout 20 import -window "$window" png:- | identify -format %k -)" -gt 100 ]; }
close_window() {
    xdotool key ctrl+q
    wait_for 20 "the end of the window" sh -c "! kill -0 $program"
    wait $program || fail "the window ended with $?: $(cat window.err)"
}
# shows NAME: keeps a picture.
shows() { import -window root "$work/$1.png"; }
# Whether a kept run has so many lines of its workers.
has_lines() {
    for run in "$runs"/*.gilscope; do
        timeout 60 wine "$there/gilscope.exe" export --to txt "$run" >kept.txt 2>/dev/null || continue
        [ "$(grep -c Spawned kept.txt)" -ne "$1" ] || return 0
    done
    return 1
}
at() { xdotool mousemove --window "$window" "$1" "$2"; }
run_button() { timeout 20 import -window "$window" -crop 60x20+1122+14 rgb:- | cksum; }
is_idle() { [ "$(run_button)" = "$idle" ]; }
menu_place() { timeout 20 import -window "$window" -crop 200x60+1135+45 rgb:- | cksum; }
menu_is_open() { [ "$(menu_place)" != "$before" ]; }

open_window '{"experiment": {"count": 8}}'
xdotool key F5
wait_for 60 "the kept run of 8 workers" has_lines 8
[ ! -s window.err ] || fail "the window said: $(cat window.err)"

# The same as text through the system's own dialog: the menu above, then its first row.
before=$(menu_place)
at 1316 24
xdotool click 1
wait_for 10 "the menu of exports" menu_is_open
at 1200 58
xdotool click 1
wait_for 20 "the dialog" found '^Save the log'
shows dialog
timeout 20 xdotool windowfocus --sync "$id"
xdotool key End shift+Home
xdotool type 'C:\saved.txt'
xdotool key Return
wait_for 20 "the saved log" test -s "$WINEPREFIX/drive_c/saved.txt"
wait_for 10 "the end of the dialog" is_gone '^Save the log'
cmp "$WINEPREFIX/drive_c/saved.txt" kept.txt || fail "the log that was saved is not that of the run"
shows window
passed "the window: F5 ran 8 built-in workers, and their log was saved by the system's dialog"

# A second start gives its file to the window that is there, and ends.
echo 'print("given")' >"$WINEPREFIX/drive_c/given.py"
left() { timeout 20 import -window "$window" -crop 340x500+0+330 rgb:- | cksum; }
is_another() { [ "$(left)" != "$before" ]; }
before=$(left)
ran 0 given "$there/gilscope.exe" 'C:\given.py'
wait_for 20 "the script in the window that is there" is_another
shows given
close_window
passed "a second start gave its file to the window that was there"

open_window '{"experiment": {"count": 8, "work": "forever", "join": "end"}, "fill_without_asking": true}'
idle=$(run_button)
xdotool key F5
wait_for 60 "8 workers that print until stopped, and their root" are 9
xdotool windowfocus "$window"
pressed=$(date +%s%N)
xdotool key shift+F5
wait_for 5 "the end of all after Stop" are 0
took=$((($(date +%s%N) - pressed) / 1000000))
kill -0 $program || fail "the window went with the run"
wait_for 20 "a window that could run again" is_idle
shows stopped
xdotool key F5
wait_for 60 "8 workers of another run" are 9
kill -9 $program
wait_for 10 "the end of 8 workers after the window was killed" are 0
wait $program || true
passed "Stop ended 9 processes in $took ms, of which Wine needs some; a kill of the window ended them too"

# Where OpenGL is missing there is no window, and nobody sees what a double click prints. By OpenGL alone: without it Wine's
# Direct3D crashes where it should fail.
(cd "$there" && GILSCOPE_RENDERER=glow LIBGL_DRIVERS_PATH=/nonexistent exec timeout 60 wine start /wait gilscope.exe) >message.out 2>&1 &
program=$!
wait_for 30 "the message that no window can be opened" found '^Gilscope$'
shows message
timeout 20 xdotool windowfocus --sync "$id"
xdotool key Return
status=0
wait $program || status=$?
[ $status -eq 3 ] || fail "without OpenGL the program ended with $status: $(cat message.out)"
passed "without OpenGL a small window says so"
