#!/bin/sh
# Makes from the drawings in assets what is made of them: assets/icon.png, the window's icon, assets/icons, those of the
# packages, and assets/icon.ico, that of the Windows program.
# Needs rsvg-convert (Debian: librsvg2-bin) and icotool (icoutils).
set -eu
cd "$(dirname "$0")/../assets"
draw() { rsvg-convert --width "$1" --height "$1" --output "$2" "$3"; }
draw 256 icon.png icon.svg
mkdir -p icons
for size in 32 48 64 128 512 1024; do draw $size icons/$size.png icon.svg; done
# The smallest have drawings of their own, on whole pixels.
draw 16 icons/16.png icon-16.svg
draw 24 icons/24.png icon-24.svg
sed 's/viewBox="0 0 24 24" width="24" height="24"/viewBox="1 1 22 22" width="22" height="22"/' icon-24.svg |
    rsvg-convert --output icons/22.png

part=$(mktemp -d)
trap 'rm -rf "$part"' EXIT
draw 20 "$part/20.png" icon.svg
draw 40 "$part/40.png" icon.svg
# Small ones as plain pictures, which everything reads; large ones packed, or the file has half a megabyte.
icotool --create --output icon.ico icons/16.png "$part/20.png" icons/24.png icons/32.png "$part/40.png" \
    icons/48.png icons/64.png --raw=icons/128.png --raw=icon.png
