#!/bin/sh
# Runs the C programs beside it, and the examples against a live server, under another tool.
#
# usage: run.sh valgrind LIBRARY-FOLDER PARLEYD     memory errors and leaks
#        run.sh race LIBRARY-FOLDER PARLEYD         data races: the library there is built with --sanitize=thread
set -eu
tool=$1
libraries=$(cd "$2" && pwd)
parleyd=$3
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
scratch=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || :; rm -rf "$scratch"' EXIT
failures=0

cc=cc
flags="-std=c11 -g -O1 -pthread"
links=
case $tool in
valgrind)
  # Valgrind trips over the library's debugging information, which is newer than it.
  strip --strip-debug -o "$scratch/libparley.so" "$libraries/libparley.so"
  libraries=$scratch
  ;;
race)
  cc=clang
  flags="$flags -fsanitize=thread"
  # What the toolchain's sanitizer itself needs.
  swift=$(dirname "$(dirname "$(readlink -f "$(command -v swiftc)")")")/lib/swift/linux
  links="-L $swift -ldispatch -lBlocksRuntime -Wl,-rpath,$swift"
  TSAN_OPTIONS="halt_on_error=0 exitcode=66 suppressions=$here/race.supp"
  export TSAN_OPTIONS
  ;;
*) exit 2 ;;
esac

build() {
  # shellcheck disable=SC2086
  $cc $flags -I "$top/include" "$1" -o "$scratch/$2" -L "$libraries" -lparley -Wl,-rpath,"$libraries" $links
}

# Runs a program under the tool; the first argument is its name.
under() {
  name=$1
  shift
  if [ "$tool" = race ]; then
    exec timeout 600 "$scratch/$name" "$@"
  fi
  leaks=full
  # In a child that has lost the threads, what they held looks lost.
  [ "$name" != forking ] || leaks=no
  exec timeout 600 valgrind --quiet --suppressions="$here/valgrind.supp" --error-exitcode=99 --leak-check=$leaks --show-leak-kinds=definite \
    --errors-for-leak-kinds=definite "$scratch/$name" "$@"
}

# usage: report NAME STATUS
report() {
  if [ "$2" = 0 ]; then
    echo "$1: ok"
  else
    echo "$1: failed with $2"
    head -n 80 "$scratch/$1.output"
    failures=$((failures + 1))
  fi
}

for source in "$here"/programs/*.c; do
  name=$(basename "$source" .c)
  # Thread Sanitizer does not follow a process with threads through fork().
  [ "$tool/$name" != race/forking ] || continue
  # It takes the place of a function that Thread Sanitizer takes the place of.
  [ "$tool/$name" != race/host ] || continue
  # Comes below, with a server.
  [ "$name" != devices ] || continue
  build "$source" "$name"
  mkdir "$scratch/$name.d"
  set --
  [ "$name" != folder ] || set -- "$scratch/$name.d"
  status=0
  (under "$name" "$@") >"$scratch/$name.output" 2>&1 || status=$?
  report "$name" $status
done

# The examples: a bot and a bridge work while somebody talks to them, then they are asked to end.
"$parleyd" serve --data "$scratch/server" --listen irc://127.0.0.1:0 --trust 127.0.0.0/8 >"$scratch/server.log" 2>&1 &
server=$!
until port=$(sed -n 's/.*listener=irc:\/\/127\.0\.0\.1:\([0-9]*\).*/\1/p' "$scratch/server.log" | head -n 1) && [ -n "$port" ]; do
  kill -0 $server
  sleep 0.1
done
link=irc://127.0.0.1:$port
password=correct-horse
for name in alice bob; do echo $password | "$parleyd" account create --data "$scratch/server" $name >/dev/null; done
build "$here/programs/devices.c" devices
status=0
(PARLEY_PASSWORD=$password under devices "$link") >"$scratch/devices.output" 2>&1 || status=$?
report devices $status
for name in bot bridge embed_poll; do build "$top/examples/$name.c" $name; done

# usage: begin NAME ONLINE ARGUMENT…        ONLINE: how many identities come online
begin() {
  begun=$1
  online=$2
  shift 2
  : >"$scratch/$begun.output"
  (under "$begun" "$@") >"$scratch/$begun.output" 2>&1 &
  until [ "$(grep -c '^online' "$scratch/$begun.output" || :)" -ge "$online" ]; do
    kill -0 $! || return 0
    sleep 0.2
  done
}
begin bot 1 "$scratch/bot.data" "$link/#one" marvin
bot=$!
# By another name it is another network.
begin bridge 2 "$scratch/bridge.data" joiner "$link" '#one' "irc://localhost:$port" '#two'
bridge=$!
status=0
printf '!ping\n!help\n!seen guest\nlast\n' >"$scratch/input"
(under embed_poll "$link" guest '#one') <"$scratch/input" >"$scratch/embed_poll.output" 2>&1 || status=$?
report embed_poll $status
for name in bot bridge; do
  eval "pid=\$$name"
  # `timeout` hands the signal on.
  kill -TERM "$pid" 2>/dev/null || :
  status=0
  wait "$pid" || status=$?
  # What `timeout` says when it was asked to end, if its program took that well.
  [ $status != 124 ] || status=0
  report $name $status
done
exit $((failures > 0))
