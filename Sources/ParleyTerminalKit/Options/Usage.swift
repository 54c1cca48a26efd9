extension Options {
  package static let usage = """
    parley: chat in the terminal, and from scripts.

      parley                          chat; the first start asks for server, nick and password
      parley [--nick NICK] LINK       chat there; LINK is an invitation, or HOST[:PORT]
      parley send ROOM [TEXT | -]     send TEXT, or standard input, and wait until it is stored
      parley --lines send ROOM        send each line of standard input when it comes
      parley tail ROOM [-f]           the newest messages; -f: and those to come
      parley history ROOM [--since TIME]
      parley search WORDS             in all messages that are here
      parley rooms [--all] [PATTERN]  your chats; with --all or PATTERN the server's rooms

    ROOM is a room, or a nick. TIME is 2026-11-22, "2026-11-22 09:30", 09:30, or 30m, 2h, 7d ago.

      -n, --nick NICK        who you are there
          --link LINK        where, for the commands
      -d, --directory DIR    the folder with everything (default: $XDG_DATA_HOME/parley)
          --json             one JSON object per line, both ways; also if input or output is no terminal
          --limit N          at most so many messages
          --after MSGID      tail, history: what was said after that message
          --key KEY          send: the same message with the same key is sent once, however often this is tried
          --timeout SECONDS  how long to wait for the server (default: 30)
          --color WHEN       auto, always or never
      -h, --help    --version

    Options come before the room of send: what stands behind it is text.
    Passwords are asked for, or come from PARLEY_PASSWORD or the file that PARLEY_PASSWORD_FILE names.
    A password that the server itself wants (a bouncer's) comes from PARLEY_SERVER_PASSWORD.
    Ends with 0: done, all delivered. 2: wrong usage. 3: not signed in. 4: no connection, told to end by a signal, the
    folder is in use, or the output cannot be written; nothing stays queued. 5: not delivered.

    """
}
