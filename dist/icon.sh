#!/bin/sh
# Makes assets/icon.png, the window's icon, from assets/icon.svg. Needs rsvg-convert (Debian: librsvg2-bin).
set -eu
cd "$(dirname "$0")/../assets"
rsvg-convert --width 256 --height 256 --output icon.png icon.svg
