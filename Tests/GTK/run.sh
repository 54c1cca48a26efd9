#!/bin/sh
# The window as people meet it: the program itself under Xvfb, a real server, a second client; looked at over AT-SPI.
#
#   Tests/GTK/run.sh [NAME …]        scenes whose names contain one of the words and those they build on; all without any
#
# Needs Xvfb, openbox, xdotool, ImageMagick, dbus, at-spi2-core and python3-gi with Atspi, and what `swift build -c release` has
# built. Pasting a picture is tried where there is xclip. PARLEY_GTK, PARLEYD: other programs than those. SHOTS: a folder for pictures,
# one after each scene.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build="$here/../../.build/release"
PARLEY_GTK=${PARLEY_GTK:-$build/parley-gtk}
PARLEYD=${PARLEYD:-$build/parleyd}
export PARLEY_GTK PARLEYD PYTHONDONTWRITEBYTECODE=1
for program in Xvfb openbox xdotool import dbus-daemon; do
  command -v "$program" >/dev/null || { echo "run.sh: $program is missing" >&2; exit 2; }
done
# Where the system's own modules are, whatever other Python there is.
/usr/bin/python3 -c 'import gi; gi.require_version("Atspi", "2.0")' || { echo 'run.sh: python3-gi with Atspi is missing' >&2; exit 2; }
[ -x "$PARLEY_GTK" ] && [ -x "$PARLEYD" ] || { echo "run.sh: build first: swift build -c release" >&2; exit 2; }
exec /usr/bin/python3 "$here/scenes.py" "$@"
