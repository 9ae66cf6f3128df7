#!/bin/sh
# Sourced by tests/wine.sh: the installer, what it has made, and that it takes away that and nothing else.

folder=$user/AppData/Local/Programs/Gilscope
menu="$user/AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Gilscope.lnk"
classes='HKCU\Software\Classes'
apps='HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\Gilscope'
# asked KEY VALUE: what the registry says; fails where it has no such thing.
asked() { wine reg query "$1" /v "$2" >asked.out 2>&1 && tr -d '\r' <asked.out | sed -n 's/^.*REG_[A-Z]* *//p'; }
is() { [ "$(asked "$1" "$2")" = "$3" ] || fail "$1 $2 is “$(asked "$1" "$2")”, not “$3”"; }
no() { ! wine reg query "$1" >asked.out 2>&1 || fail "$1 is still there: $(cat asked.out)"; }

# Somebody else's word on scripts, which must stay.
wine reg add "$classes\\.py" /ve /d Others.Script /f >asked.out
ran 0 install "$setup" /S
home='C:\users\'$(id -un)'\AppData\Local\Programs\Gilscope'
is "$classes\\.gilscope" '' Gilscope.Run
is "$classes\\Gilscope.Run\\shell\\open\\command" '' "\"$home\\gilscope.exe\" \"%1\""
is "$classes\\Gilscope.Run\\DefaultIcon" '' "$home\\gilscope.exe,0"
is "$classes\\.py" '' Others.Script
asked "$classes\\.py\\OpenWithProgids" Gilscope.Script >/dev/null || fail "“Open with” does not offer Gilscope for .py"
is "$apps" DisplayVersion "$version"
is "$apps" QuietUninstallString "\"$home\\uninstall.exe\" /S"
[ -f "$menu" ] || fail "the Start menu has no entry"
[ "$(du -sk "$folder" | cut -f1)" -lt 40000 ] || fail "installed it takes $(du -sh "$folder")"
cp "$there"/*.dll "$folder/"
for program in exe com; do
    ran 0 installed "$folder/gilscope.$program" run --json --python builtin --count 3
    holds "the installed gilscope.$program" installed.out 'f["finished"] == 3'
done

# Not while it runs.
wine "$folder/gilscope.exe" run --python builtin --work forever --count 1 --time-limit 100s >running.out 2>&1 &
program=$!
wait_for 30 "a run of the installed program" grep -q Spawned running.out
ran 2 refused "$folder/uninstall.exe" /S "_?=$home"
[ -f "$menu" ] || fail "the uninstaller began while the program was running"
kill -9 $program
wait $program || true

kept=$(find "$data" -type f | sort)
[ -n "$kept" ] || fail "no runs and settings, which it could leave"
rm "$folder"/*.dll
echo mine >"$folder/mine.txt"
ran 0 uninstall "$folder/uninstall.exe" /S
wait_for 20 "the end of the uninstaller" test ! -e "$folder/uninstall.exe"
wait_for 20 "the end of its entry among the programs" sh -c "! wine reg query '$apps'"
[ "$(ls "$folder")" = mine.txt ] || fail "the uninstaller left $(ls "$folder")"
for key in .gilscope Gilscope.Run Gilscope.Script '.py\OpenWithProgids'; do no "$classes\\$key"; done
is "$classes\\.py" '' Others.Script
[ ! -e "$menu" ] || fail "the Start menu still has the entry"
[ "$(find "$data" -type f | sort)" = "$kept" ] || fail "the uninstaller took of the user's runs and settings"
rm "$folder/mine.txt"
rmdir "$folder"
ran 0 install "$setup" /S
ran 0 uninstall "$folder/uninstall.exe" /S
wait_for 20 "the end of the program's folder" test ! -e "$folder"
passed "the installer: silent, for one user, associates, leaves no trace but the user's own"
