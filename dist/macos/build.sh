#!/bin/sh
# Makes Gilscope.app, zipped, in target/dist, on a Mac. Signed for this machine only, or with the identity that
# GILSCOPE_SIGN names: see README.md beside this.
# usage: dist/macos/build.sh [aarch64-apple-darwin|x86_64-apple-darwin]   this machine's unless given
# GILSCOPE_BINARY takes a binary that is there instead of building one; so the bundle can be made elsewhere too.
set -eu
cd "$(dirname "$0")/../.."
. dist/packages.sh

# The oldest that Rust's standard library runs on with Apple silicon.
export MACOSX_DEPLOYMENT_TARGET=11.0
need_rust
triple=${1:-$(rustc -vV | sed -n 's/^host: //p')}
case $triple in *-apple-darwin) ;; *)
    echo "$triple is no target of macOS." >&2
    exit 2
    ;;
esac
binary=${GILSCOPE_BINARY:-}
if [ -z "$binary" ]; then
    cargo build --release --locked --target "$triple"
    binary=${CARGO_TARGET_DIR:-target}/$triple/release/gilscope
fi

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
out=target/dist
work=$out/macos
app=$work/Gilscope.app
zip=$PWD/$out/gilscope-$version-macos-${triple%%-*}.zip
rm -rf "$work" "$zip"
mkdir -p "$app/Contents/MacOS" "$app/Contents/Resources/licences"
cp "$binary" "$app/Contents/MacOS/gilscope"
chmod 755 "$app/Contents/MacOS/gilscope"
printf 'APPL????' >"$app/Contents/PkgInfo"
sed "s/@VERSION@/$version/; s/@SYSTEM@/$MACOSX_DEPLOYMENT_TARGET/" dist/macos/Info.plist >"$app/Contents/Info.plist"
cp LICENSE assets/licences.txt assets/fonts/*-OFL.txt "$app/Contents/Resources/licences/"

icon=$app/Contents/Resources/gilscope.icns
icons=assets/icons
if command -v iconutil >/dev/null; then
    set=$work/gilscope.iconset
    mkdir "$set"
    # NAME:FILE; @2x is for screens with two pixels a point.
    for pair in 16x16:16 16x16@2x:32 32x32:32 32x32@2x:64 128x128:128 256x256@2x:512 512x512:512 512x512@2x:1024; do
        cp "$icons/${pair#*:}.png" "$set/icon_${pair%:*}.png"
    done
    cp assets/icon.png "$set/icon_128x128@2x.png"
    cp assets/icon.png "$set/icon_256x256.png"
    iconutil --convert icns --output "$icon" "$set"
else
    png2icns "$icon" $icons/16.png $icons/32.png $icons/48.png $icons/128.png assets/icon.png $icons/512.png $icons/1024.png
fi

if command -v codesign >/dev/null; then
    if [ -n "${GILSCOPE_SIGN:-}" ]; then
        codesign --force --options runtime --timestamp --sign "$GILSCOPE_SIGN" "$app"
    else
        codesign --force --sign - "$app"
    fi
    codesign --verify --strict "$app"
fi
if command -v ditto >/dev/null; then
    ditto -c -k --keepParent "$app" "$zip"
else
    (cd "$work" && zip -q -r -X "$zip" Gilscope.app)
fi
ls -l "$zip"
