#!/bin/sh
# Installs the Linux packages on a bare Debian 12, for all and for one user, opens the window from its menu entry, runs
# the first program with F5, compares its log, removes it all and looks for what is left.
# usage: tests/package-linux.sh [--no-build | --take]   as dist/linux/build.sh; --take takes what is in target/dist
# Needs root and debootstrap; a mirror may be named by GILSCOPE_MIRROR, a picture of the window by GILSCOPE_PICTURE.
set -eu
cd "$(dirname "$0")/.."

if [ -z "${GILSCOPE_ROOM:-}" ]; then
    [ "${1:-}" = --take ] || dist/linux/build.sh "$@"
    deb=$(echo target/dist/gilscope_*_"$(dpkg --print-architecture 2>/dev/null || echo '*')".deb)
    archive=$(echo target/dist/gilscope-*-linux-"$(uname -m)".tar.gz)
    if [ ! -e "$deb" ] || [ ! -e "$archive" ]; then
        echo "There is no package in target/dist." >&2
        exit 1
    fi
    for check in "desktop-file-validate dist/linux/gilscope.desktop" \
        "appstreamcli validate --no-net dist/linux/org.gilscope.Gilscope.metainfo.xml" "lintian $deb"; do
        if command -v "${check%% *}" >/dev/null; then
            echo "== $check"
            # What lintian says is told; a package that is not for Debian's own archive need not please it.
            $check || [ "${check%% *}" = lintian ]
        fi
    done
    for tool in debootstrap Xvfb xdotool unshare; do
        command -v $tool >/dev/null || { echo "SKIPPED: nothing was installed, because $tool is missing"; exit 0; }
    done
    [ "$(id -u)" -eq 0 ] || { echo "SKIPPED: nothing was installed, because only root may make a bare Debian"; exit 0; }
    # What is mounted and started below is in namespaces of its own and ends with them, whatever happens; here nothing
    # is mounted in the folder when it is removed.
    GILSCOPE_ROOM=$(mktemp -d)
    export GILSCOPE_ROOM
    trap 'rm -rf --one-file-system "$GILSCOPE_ROOM"' EXIT
    trap 'exit 130' INT TERM
    unshare --mount --propagation private --pid --fork --kill-child "$0" "$deb" "$archive"
    exit
fi

notes=$GILSCOPE_ROOM
room=$notes/debian
deb=$1
archive=$2
home=$room/home/student
say() { echo "== $*"; }
fail() {
    echo "FAILED: $*" >&2
    cat "$notes/said" 2>/dev/null >&2 || true
    exit 1
}
inside() { chroot "$room" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"; }
# As an ordinary user at a desktop; XDG names a data folder of its own, or nothing.
XDG=
as_student() {
    chroot --userspec=student:student "$room" env -i HOME=/home/student USER=student PATH=/usr/local/bin:/usr/bin:/bin \
        LC_ALL=C.UTF-8 LIBGL_ALWAYS_SOFTWARE=1 ${DISPLAY:+"DISPLAY=$DISPLAY"} ${XDG:+"XDG_DATA_HOME=$XDG"} "$@"
}
# Until a command succeeds, a minute at most.
until_true() {
    what=$1
    shift
    deadline=$(($(date +%s) + 60))
    until "$@"; do
        [ "$(date +%s)" -lt $deadline ] || fail "not within a minute: $what"
        sleep 0.2
    done
}

say "a bare Debian 12"
# shellcheck disable=SC1091 # the system's own
mirror=${GILSCOPE_MIRROR:-http://deb.debian.org/debian}
debootstrap --variant=minbase bookworm "$room" "$mirror" >"$notes/log" 2>&1 || { tail "$notes/log"; exit 1; }
mount -t proc proc "$room/proc"
mount --rbind /sys "$room/sys"
mount --rbind /dev "$room/dev"
cp /etc/resolv.conf "$room/etc/resolv.conf"
# How this machine reaches its mirror: proxies, certificates.
grep -ls '^ *Acquire' /etc/apt/apt.conf /etc/apt/apt.conf.d/* | while read -r file; do cp "$file" "$room/etc/apt/apt.conf.d/"; done
[ ! -d /etc/apt/auth.conf.d ] || cp -r /etc/apt/auth.conf.d "$room/etc/apt/"
inside useradd --create-home --shell /bin/bash student
inside apt-get update -q >/dev/null

say "the .deb, with what it depends on and no more"
cp "$deb" "$room/root/gilscope.deb"
inside apt-get install -y -q --no-install-recommends /root/gilscope.deb >/dev/null
say "a Python for its runs, and the desktop's tools"
inside apt-get install -y -q --no-install-recommends python3 >/dev/null

mkfifo "$notes/display"
Xvfb -displayfd 3 -screen 0 1440x900x24 -nolisten tcp -ac 3>"$notes/display" >/dev/null 2>&1 &
read -r number <"$notes/display"
DISPLAY=:$number
export DISPLAY
mkdir -p "$room/tmp/.X11-unix"
mount --bind /tmp/.X11-unix "$room/tmp/.X11-unix"

window() { xdotool search --onlyvisible --name '^Gilscope' >"$notes/window" 2>/dev/null; }
run_file() { find "$data/gilscope/runs" -name '*.gilscope' 2>/dev/null | grep . >"$notes/run"; }
press_run() {
    xdotool windowfocus --sync "$(head -1 "$notes/window")" key F5
    for _ in $(seq 25); do
        run_file && return
        sleep 0.2
    done
    return 1
}
# How a run ended is in its file once it has; and which Python it was.
ended() {
    as_student python3 - "${run#"$room"}" >"$notes/ended" 2>/dev/null <<'PY'
import sqlite3, sys
run = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True).execute("SELECT stopped_by, python FROM run").fetchone()
print(*run)
sys.exit(run[0] is None)
PY
}
is_gone() { ! kill -0 "$program" 2>/dev/null; }

# Starts what a menu entry says, presses Run and compares what came with the tutorial's first program.
use() { # ENTRY PROGRAM
    entry=$(sed -n 's/^Exec=\(.*\) %f$/\1/p' "$room$1")
    [ -n "$entry" ] || fail "$1 has no Exec line with %f"
    as_student sh -c "exec $(printf %s "$entry" | sed 's/%%/%/g; s/\\\\/\\/g')" >"$notes/said" 2>&1 &
    program=$!
    until_true "a window" window
    if command -v xprop >/dev/null; then
        class=$(xprop -id "$(head -1 "$notes/window")" WM_CLASS)
        wanted=$(sed -n 's/^StartupWMClass=//p' "$room$1")
        case $class in *"\"$wanted\""*) ;; *) fail "the window's class is $class, its entry says $wanted" ;; esac
    fi
    until_true "a run file" press_run
    run=$(head -1 "$notes/run")
    until_true "the end of the run" ended
    read -r stopped_by python <"$notes/ended"
    [ "$stopped_by" = end ] || fail "the run was stopped by $stopped_by"
    case $python in 3.*) ;; *) fail "Python $python ran" ;; esac
    [ -z "${GILSCOPE_PICTURE:-}" ] || import -window root "$GILSCOPE_PICTURE"
    xdotool windowfocus --sync "$(head -1 "$notes/window")" key ctrl+q
    until_true "the end of the program" is_gone
    wait "$program" || fail "its exit status is $?"
    as_student "$2" export "${run#"$room"}" --to txt >"$notes/log"
    printf 'Spawned\n%.0s' 1 2 3 4 5 | diff - "$notes/log" || fail "other lines"
    say "from $1: F5, CPython $python, and its five lines"
}

data=$home/.local/share
use /usr/share/applications/gilscope.desktop gilscope
inside dpkg -L gilscope >"$notes/files"

say "nothing of it is left after the .deb is removed"
inside apt-get purge -y -q gilscope >/dev/null
rm "$room/root/gilscope.deb"
# shellcheck disable=SC2016 # for the shell inside
left=$(inside sh -c 'while IFS= read -r path; do [ ! -e "$path" ] || dpkg -S "$path" >/dev/null 2>&1 || echo "$path"; done' <"$notes/files"
    find "$room" -xdev -path "$room/home" -prune -o -iname '*gilscope*' -print)
[ -z "$left" ] || fail "left: $left"

say "the archive, for one user, with the desktop's tools there"
inside apt-get install -y -q --no-install-recommends shared-mime-info desktop-file-utils libglib2.0-bin >/dev/null
rm -rf "$home/.local" "$home/.config" "$home/.cache"
listed() { (cd "$home" && find . -printf '%p %m %u\n' | sort && find . -type f -exec cksum {} + | sort); }
listed >"$notes/before"
for XDG in "" "/home/student/my data"; do
    data=$room${XDG:-/home/student/.local/share}
    mkdir "$home/unpacked"
    tar --extract --file "$archive" --directory "$home/unpacked" --strip-components 1 --no-same-owner
    as_student sh /home/student/unpacked/install.sh 2>"$notes/said"
    grep -q "on your PATH" "$notes/said" || fail "it did not say that ~/.local/bin is not on PATH"
    # Once more, as for a newer version.
    as_student sh /home/student/unpacked/install.sh 2>"$notes/said"
    rm -r "$home/unpacked"
    use "${data#"$room"}/applications/gilscope.desktop" /home/student/.local/bin/gilscope
    for name in "$run" "$home/no-ending"; do
        [ -e "$name" ] || cp "$run" "$name"
        as_student gio info -a standard::content-type "${name#"$room"}" | grep -q 'application/x-gilscope$' || fail "the type of $name"
    done
    rm "$home/no-ending"
    as_student gio mime application/x-gilscope | grep -q 'gilscope\.desktop' || fail "gio knows no program for the type"
    # shellcheck disable=SC2016 # for the shell inside
    as_student bash -c '. "$1" && complete -p gilscope' - "${data#"$room"}/bash-completion/completions/gilscope" >/dev/null ||
        fail "bash can't read its completion"
    # What the program itself wrote stays with its user; here it goes, so that the rest can be compared.
    rm -rf "$data/gilscope" "$home/.config" "$home/.cache"
    as_student sh "${data#"$room"}/doc/gilscope/install.sh" --uninstall 2>"$notes/said"
    listed | diff "$notes/before" - || fail "the folder of its user is not as before"
    say "and nothing of it is left after --uninstall${XDG:+, with XDG_DATA_HOME=$XDG}"
done
echo "passed: both packages on a bare Debian 12"
