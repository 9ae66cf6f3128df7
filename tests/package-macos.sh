#!/bin/sh
# Checks the structure of Gilscope.app: its files, its property list, its icon. On a Mac of the real app; elsewhere with
# a stand-in for the binary (needs python3, zip, and icnsutils for the icon).
# usage: tests/package-macos.sh [TARGET]
set -eu
cd "$(dirname "$0")/.."
. dist/packages.sh

triple=${1:-aarch64-apple-darwin}
if [ "$(uname -s)" = Darwin ]; then
    [ $# -gt 0 ] || triple=$(rustc -vV | sed -n 's/^host: //p')
else
    need "to make the app's icon and its archive" icnsutils zip
    GILSCOPE_BINARY=$(mktemp)
    # What was made with the stand-in is no package.
    trap 'rm -rf "$GILSCOPE_BINARY" target/dist/macos target/dist/gilscope-*-macos-"${triple%%-*}".zip' EXIT
    printf '#!/bin/sh\necho stand-in\n' >"$GILSCOPE_BINARY"
    export GILSCOPE_BINARY
fi
dist/macos/build.sh "$triple"

python3 - target/dist/gilscope-*-macos-"${triple%%-*}".zip <<'PY'
"""What macOS asks of a bundle, read from the archive itself."""
import plistlib, re, struct, sys, zipfile

archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
names = set(archive.namelist())
top = "Gilscope.app/Contents/"
assert {name.split("/")[0] for name in names} == {"Gilscope.app"}, names
plist = plistlib.loads(archive.read(top + "Info.plist"))

version = re.search(r'^version = "(.*)"', open("Cargo.toml", encoding="utf-8").read(), re.M)[1]
assert plist["CFBundleShortVersionString"] == plist["CFBundleVersion"] == version, plist
assert "@" not in str(plist), plist
assert re.fullmatch(r"[A-Za-z0-9.-]+", plist["CFBundleIdentifier"])
assert plist["CFBundlePackageType"] == "APPL" and plist["NSHighResolutionCapable"] is True
assert re.fullmatch(r"\d+\.\d+", plist["LSMinimumSystemVersion"])

program = archive.getinfo(top + "MacOS/" + plist["CFBundleExecutable"])
assert program.file_size > 0 and program.external_attr >> 16 & 0o111 == 0o111, "the program may be started"

[document] = plist["CFBundleDocumentTypes"]
[kind] = plist["UTExportedTypeDeclarations"]
assert document["LSItemContentTypes"] == [kind["UTTypeIdentifier"]]
assert kind["UTTypeTagSpecification"]["public.filename-extension"] == ["gilscope"]

icon = archive.read(top + "Resources/" + plist["CFBundleIconFile"] + ".icns")
magic, length = struct.unpack(">4sI", icon[:8])
assert magic == b"icns" and length == len(icon)
kinds, at = [], 8
while at < length:
    name, size = struct.unpack(">4sI", icon[at : at + 8])
    assert size > 8
    kinds.append(name.decode())
    at += size
assert "ic09" in kinds and "ic10" in kinds, kinds  # 512 and 1024 pixels

for licence in ("LICENSE", "licences.txt", "Inter-OFL.txt", "JetBrainsMono-OFL.txt"):
    assert top + "Resources/licences/" + licence in names, licence
print(f"Gilscope.app {version}: {len(names)} entries, icons {' '.join(kinds)}")
PY
# The platform's own reader, where it is there.
for lint in "plutil -lint" "plistutil -i"; do
    if command -v "${lint%% *}" >/dev/null; then
        $lint target/dist/macos/Gilscope.app/Contents/Info.plist >/dev/null
        echo "${lint%% *} reads Info.plist"
    fi
done
if [ "$(uname -s)" = Darwin ]; then
    target/dist/macos/Gilscope.app/Contents/MacOS/gilscope --version
fi
echo "passed: the structure of Gilscope.app"
