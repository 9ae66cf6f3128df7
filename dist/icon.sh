#!/bin/sh
# Makes from assets/icon.svg what is made of it: assets/icon.png, the window's icon, and assets/icon.ico, that of the
# Windows program. Needs rsvg-convert (Debian: librsvg2-bin) and icotool (icoutils).
set -eu
cd "$(dirname "$0")/../assets"
rsvg-convert --width 256 --height 256 --output icon.png icon.svg

part=$(mktemp -d)
trap 'rm -rf "$part"' EXIT
# Small ones as plain pictures, which everything reads; large ones packed, or the file has half a megabyte.
set --
for side in 16 20 24 32 40 48 64; do
    rsvg-convert --width $side --height $side --output "$part/$side.png" icon.svg
    set -- "$@" "$part/$side.png"
done
for side in 128 256; do
    rsvg-convert --width $side --height $side --output "$part/$side.png" icon.svg
    set -- "$@" "--raw=$part/$side.png"
done
icotool --create --output icon.ico "$@"
