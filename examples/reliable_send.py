#!/usr/bin/env python3
"""Sends one line so that sending it again can do no harm.

    reliable_send.py HOST PORT FINGERPRINT ACCOUNT ROOM COUNTER TEXT     (the password is read from PARLEY_PASSWORD)

The message carries a key, `+parley.chat/key=DEVICE.COUNTER` (docs/protocol.md). If the connection breaks before the answer comes,
run the same command again: the server stores and delivers the message once, and answers both times with the same message id.
Needs nothing but Python.
"""

import base64
import hashlib
import os
import socket
import ssl
import sys


def connect(host, port, fingerprint):
    # The certificate is known by its fingerprint, from the server's invitation, not by an authority.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = context.wrap_socket(socket.create_connection((host, port), timeout=20), server_hostname=host)
    if hashlib.sha256(connection.getpeercert(binary_form=True)).hexdigest() != fingerprint:
        sys.exit("this is not the server of the invitation")
    return connection


def main():
    if len(sys.argv) != 8:
        sys.exit(__doc__)
    host, port, fingerprint, account, room, counter, text = sys.argv[1:]
    connection = connect(host, int(port), fingerprint.lower())

    def send(line):
        connection.sendall(f"{line}\r\n".encode())

    login = f"\0{account}\0{os.environ['PARLEY_PASSWORD']}".encode()
    send("CAP REQ :sasl message-tags labeled-response batch echo-message")
    send(f"NICK {account}")
    send(f"USER {account} 0 * :{account}")
    send("AUTHENTICATE PLAIN")
    send("AUTHENTICATE " + base64.b64encode(login).decode())
    for line in connection.makefile(encoding="utf-8"):
        tags, _, rest = line.rstrip().partition(" ") if line.startswith("@") else ("", "", line.rstrip())
        words = rest.split(" ")
        if words[0] == "PING":
            send("PONG " + " ".join(words[1:]))
        elif len(words) < 2:
            continue
        elif words[1] == "904":
            sys.exit("wrong account or password")
        elif words[1] == "903":
            send("CAP END")
        elif words[1] == "001":
            send(f"JOIN {room}")
        elif words[1] == "366" and words[3].lower() == room.lower():
            send(f"@label=send;+parley.chat/key=reliable-send.{counter} PRIVMSG {room} :{text}")
        elif "label=send" in tags:
            print(rest if words[1] == "FAIL" else dict(tag.partition("=")[::2] for tag in tags[1:].split(";"))["msgid"])
            send("QUIT")
            return words[1] == "FAIL"
    sys.exit("the connection broke: run this again, with the same counter")


if __name__ == "__main__":
    sys.exit(main())
