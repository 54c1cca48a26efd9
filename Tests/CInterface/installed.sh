#!/bin/sh
# Installs into a scratch folder what is built, and uses it from there as somebody does who has no Swift.
#
# usage: installed.sh            (in the top folder)
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/usr/local

make -s install DESTDIR="$scratch" PREFIX=/usr/local >/dev/null 2>&1 || { echo 'make install fails' >&2; exit 1; }

for file in lib/libparley.so bin/parley bin/parley-gtk bin/parleyd; do
  if readelf -d "$prefix/$file" | grep -E 'NEEDED.*(wift|Foundation|icu)|RUNPATH.*(opt|swift|build)'; then
    echo "$file needs what is not installed" >&2
    exit 1
  fi
done
readelf -d "$prefix/lib/libparley.so" | grep -q 'SONAME.*\[libparley\.so\.1\]'
for program in parley parley-gtk; do readelf -d "$prefix/bin/$program" | grep -q 'NEEDED.*\[libparley\.so\.1\]'; done

cat >"$scratch/use.sh" <<'END'
set -eu
prefix=$1
for program in parley parley-gtk parleyd; do
  env -i "$prefix/bin/$program" --version
  ! env -i ldd "$prefix/bin/$program" | grep 'not found'
done
cc -std=c11 "$prefix/share/doc/parley/examples/bot.c" -o "$prefix/bot" \
  $(PKG_CONFIG_PATH="$prefix/lib/pkgconfig" pkg-config --define-prefix --cflags --libs parley)
status=0
env -i LD_LIBRARY_PATH="$prefix/lib" "$prefix/bot" 2>"$prefix/usage" || status=$?
[ $status = 2 ] && grep -q '^usage: ' "$prefix/usage"
rm "$prefix/bot" "$prefix/usage"
END

# Where the system lets us, the toolchain is not there at all.
toolchain=$(dirname "$(dirname "$(dirname "$(command -v swift || echo /nowhere/usr/bin/swift)")")")
if [ -d "$toolchain" ] && [ "$toolchain" != / ] && unshare -m true 2>/dev/null; then
  unshare -m sh -c 'mount --make-rprivate / && mount -t tmpfs none "$1" && exec sh "$2" "$3"' - \
    "$toolchain" "$scratch/use.sh" "$prefix"
else
  sh "$scratch/use.sh" "$prefix"
fi

make -s uninstall DESTDIR="$scratch" PREFIX=/usr/local >/dev/null
left=$(find "$prefix" ! -type d)
[ -z "$left" ] || { echo "make uninstall leaves: $left" >&2; exit 1; }
echo ok
