#!/bin/sh
# Makes the Linux packages in target/dist: a .deb, and a .tar.gz that installs for one user without root.
# usage: dist/linux/build.sh [--no-build]   --no-build takes the release binary that is there
set -eu
cd "$(dirname "$0")/../.."
. dist/packages.sh

need_rust
need "to find what the .deb depends on" dpkg-dev
# The packager's own version is part of what makes a package.
packager=3.8.0
cargo deb --version 2>/dev/null | grep -qx "$packager" || cargo install --locked --quiet cargo-deb --version $packager
[ "${1:-}" = --no-build ] || cargo build --release --locked

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
name=gilscope-$version-linux-$(uname -m)
out=target/dist
tree=$out/linux # what Cargo.toml puts into the .deb
rm -rf "$tree" "$out/$name.tar.gz" "$out"/gilscope_*.deb
put() { install -D -m "$3" "$1" "$tree/$2"; }

put "${CARGO_TARGET_DIR:-target}/release/gilscope" bin/gilscope 755
put dist/linux/install.sh install.sh 755
put dist/linux/gilscope.desktop share/applications/gilscope.desktop 644
put dist/linux/gilscope.xml share/mime/packages/gilscope.xml 644
put dist/linux/org.gilscope.Gilscope.metainfo.xml share/metainfo/org.gilscope.Gilscope.metainfo.xml 644
icons=share/icons/hicolor
for size in 16 22 24 32 48 64 128 512; do put assets/icons/$size.png $icons/${size}x$size/apps/gilscope.png 644; done
put assets/icon.png $icons/256x256/apps/gilscope.png 644
put assets/icon.svg $icons/scalable/apps/gilscope.svg 644
for page in dist/cli/*.1; do put "$page" "share/man/man1/${page##*/}" 644; done
put dist/cli/gilscope.bash share/bash-completion/completions/gilscope 644
put dist/cli/_gilscope share/zsh/vendor-completions/_gilscope 644
put dist/cli/gilscope.fish share/fish/vendor_completions.d/gilscope.fish 644
put CHANGELOG.md share/doc/gilscope/changelog 644
for text in README.md assets/licences.txt assets/fonts/*-OFL.txt; do
    put "$text" "share/doc/gilscope/${text##*/}" 644
done

epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
cat >"$out/changelog" <<END
gilscope ($version-1) unstable; urgency=medium

  * What changed is in changelog.gz beside this.

 -- The Gilscope authors <>  $(date -u -R -d "@$epoch")
END
cargo deb --no-build --locked --quiet --output "$out/"

# Debian has the licence in a form of its own.
put LICENSE share/doc/gilscope/LICENSE 644
tar --create --directory "$tree" --sort=name --mtime="@$epoch" --owner=0 --group=0 --numeric-owner \
    --transform "s,^\.,$name," . | gzip -9n >"$out/$name.tar.gz"
ls -l "$out"/*.deb "$out/$name.tar.gz"
