#!/bin/sh
# What `make run` does: starts a server on this machine if none runs there, and a client in its lobby: the window where there is a
# display, else the terminal client. A server that it has started ends with the client.
#
# usage: BUILT=folder-of-programs run.sh DATA [OPTIONS-OF-THE-CLIENT]
set -eu
data=$1
shift
mkdir -p "$data"
log="$data/server.log"
: >"$log"

link=
# In a session of its own: Control-C at the client is the client's.
setsid "$BUILT/parleyd" serve --data "$data" >"$log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || :; wait $server 2>/dev/null || :' EXIT
trap : INT
trap 'exit 143' TERM HUP
until "$BUILT/parleyd" status --data "$data" >/dev/null 2>&1; do
  if ! kill -0 $server 2>/dev/null; then
    # Another server has the port: it is the one to talk to, and on this machine without a certificate.
    grep -q 'in use' "$log" || { cat "$log" >&2; exit 1; }
    echo 'A server runs already, with other data.' >&2
    link='irc://127.0.0.1/#lobby'
    break
  fi
  sleep 0.1
done
if [ -z "$link" ]; then
  link=$("$BUILT/parleyd" invitation --data "$data" | sed -n 's/^Invitation: *//p' | head -n 1)
  echo "Others come in with: $link" >&2
fi

# The client's own data are beside the server's: nothing of this touches the account's real ones.
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  "$BUILT/parley-gtk" --directory "$data/client" "$@" "$link"
else
  "$BUILT/parley-terminal" --directory "$data/client" "$@" "$link"
fi
