#!/bin/sh
# Installs Gilscope for this user alone, without root: ./install.sh. What it puts where is noted, and
# ./install.sh --uninstall removes that and nothing else: runs and settings stay.
set -eu

case ${XDG_DATA_HOME:-} in
/*) data=$XDG_DATA_HOME ;;
*) data=$HOME/.local/share ;;
esac
bin=$HOME/.local/bin
noted=$data/doc/gilscope/installed # a path a line; a folder's ends with /

say() { printf '%s\n' "$*" >&2; }

# The desktop's own indexes, where its tools are there.
index() {
    ! command -v update-mime-database >/dev/null || [ ! -d "$data/mime/packages" ] || update-mime-database "$data/mime"
    ! command -v update-desktop-database >/dev/null || [ ! -d "$data/applications" ] ||
        update-desktop-database -q "$data/applications"
    # Only where there is one: without it, icons are found by themselves.
    [ ! -e "$data/icons/hicolor/icon-theme.cache" ] || ! command -v gtk-update-icon-cache >/dev/null ||
        gtk-update-icon-cache -q -t -f "$data/icons/hicolor"
}
indexed() {
    find "$data/mime" "$data/applications/mimeinfo.cache" 2>/dev/null | while IFS= read -r path; do
        if [ -d "$path" ]; then echo "$path/"; else echo "$path"; fi
    done
}

remove() { # NOTES
    grep -v '/$' "$1" | while IFS= read -r path; do rm -f "$path"; done
    # Others may have come to rely on an index since.
    if [ -n "$(find "$data/mime/packages" -name '*.xml' 2>/dev/null)" ] ||
        grep -qs '^MimeType=' "$data"/applications/*.desktop; then
        index
    fi
    grep '/$' "$1" | sort -r | while IFS= read -r path; do rmdir "$path" 2>/dev/null || true; done
}

if [ "${1:-}" = --uninstall ]; then
    [ -e "$noted" ] || { say "Nothing to remove: there is no $noted."; exit 1; }
    notes=$(mktemp)
    cp "$noted" "$notes"
    remove "$notes"
    rm -f "$notes"
    say "Gilscope is removed. Your runs and settings stay: $data/gilscope, ${XDG_CONFIG_HOME:-$HOME/.config}/gilscope."
    exit
elif [ $# -gt 0 ]; then
    say "usage: $0 [--uninstall]"
    exit 2
fi

from=$(cd "$(dirname "$0")" && pwd)
[ -x "$from/bin/gilscope" ] || { say "Run it in the unpacked folder: $from has no bin/gilscope."; exit 1; }
if ! why=$("$from/bin/gilscope" --version 2>&1); then
    say "Gilscope does not run here (it needs glibc 2.35 or newer): $why"
    exit 1
fi

# FROM -> TO, a pair a line: the package has the layout of /usr.
pairs() {
    echo "$from/bin/gilscope -> $bin/gilscope"
    echo "$from/install.sh -> $data/doc/gilscope/install.sh"
    (cd "$from/share" && find . -type f | sort) | while IFS= read -r path; do
        to=${path#./}
        case $to in zsh/vendor-completions/*) to=zsh/site-functions/${to##*/} ;; esac
        echo "$from/share/${path#./} -> $data/$to"
    done
}

[ ! -e "$noted" ] || sh "$0" --uninstall 2>/dev/null
taken=$(pairs | sed 's/.* -> //' | while IFS= read -r to; do [ ! -e "$to" ] && [ ! -L "$to" ] || echo "$to"; done)
[ -z "$taken" ] || { say "Nothing was installed: this is there already, and not from here. Move it away first:"; say "$taken"; exit 1; }

notes=$(mktemp)
trap 'remove "$notes"; rm -f "$notes"; say "Nothing was installed."' EXIT

folder() {
    [ ! -d "$1" ] || return 0
    folder "$(dirname "$1")"
    mkdir "$1"
    echo "$1/" >>"$notes"
}
pairs >"$notes.pairs"
while IFS= read -r line; do
    to=${line##* -> }
    folder "$(dirname "$to")"
    cp "${line%% -> *}" "$to"
    echo "$to" >>"$notes"
done <"$notes.pairs"
rm -f "$notes.pairs"

# The menu's entry names the program by its whole path, because a session's PATH may lack ~/.local/bin.
# Twice escaped: the entry's text, then its quoted argument.
program=$(printf '%s' "$bin/gilscope" | sed 's/[\\"`$]/\\&/g; s/\\/\\\\/g; s/%/%%/g')
PROGRAM=$program awk '/^Exec=gilscope/ { sub(/^Exec=gilscope/, ""); print "Exec=\"" ENVIRON["PROGRAM"] "\"" $0; next } { print }' \
    "$from/share/applications/gilscope.desktop" >"$data/applications/gilscope.desktop"

before=$(indexed)
index
indexed | while IFS= read -r path; do
    printf '%s\n' "$before" | grep -qxF -e "$path" || echo "$path" >>"$notes"
done
echo "$noted" >>"$notes"
cp "$notes" "$noted"
rm -f "$notes"
trap - EXIT

say "Gilscope is installed: in the menu, and as $bin/gilscope."
say "To remove it: sh $data/doc/gilscope/install.sh --uninstall"
case :$PATH: in
*":$bin:"*) ;;
*) say "For the command line, put $bin on your PATH." ;;
esac
case ${SHELL:-} in
*/zsh) say "For zsh's completion, put $data/zsh/site-functions on its fpath." ;;
esac
missing=
for library in libX11.so.6 libX11-xcb.so.1 libXcursor.so.1 libXi.so.6 libxkbcommon-x11.so.0 libEGL.so.1 libwayland-egl.so.1; do
    PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null | grep -q "$library" || missing="$missing $library"
done
[ -z "$missing" ] || say "The window needs X11's libraries or Wayland's. Not there:$missing"
