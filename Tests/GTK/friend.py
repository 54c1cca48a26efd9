"""The other person: a few lines of IRC."""
import re
import socket
import threading
import time

from stage import until


class Friend:
    """Joined to a room and reading all the time. Lines are kept without their tags."""

    def __init__(self, port, nick, room=None, capabilities=""):
        self.nick = nick
        self.lines = []
        self.tokens = 0
        self.socket = socket.create_connection(("127.0.0.1", port), 5)
        threading.Thread(target=self.read, daemon=True).start()
        if capabilities:
            self.say(f"CAP REQ :{capabilities}", "CAP END")
        self.say(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
        until(f"{nick} is welcome", lambda: self.has(r" 001 "))
        if room:
            self.say(f"JOIN {room}")
            until(f"{nick} is in {room}", lambda: self.has(r" 366 "))

    def read(self):
        rest = b""
        while True:
            try:
                data = self.socket.recv(65536)
            except OSError:
                return
            if not data:
                return
            *lines, rest = (rest + data).split(b"\r\n")
            for line in lines:
                line = re.sub(r"^@\S+ ", "", line.decode(errors="replace"))
                if line.startswith("PING"):
                    self.say("PONG" + line[4:])
                self.lines.append(line)

    def say(self, *lines):
        self.socket.sendall("".join(line + "\r\n" for line in lines).encode())

    def tell(self, target, *texts):
        """Says it, and waits until the server has dealt with it all."""
        for start in range(0, len(texts), 50):
            self.say(*(f"PRIVMSG {target} :{text}" for text in texts[start:start + 50]))
            self.tokens += 1
            token = f"told-{self.tokens}"
            self.say(f"PING {token}")
            until("the server has it", lambda: self.has(rf" PONG .*{token}"), 60)

    def has(self, pattern):
        return any(re.search(pattern, line) for line in self.lines)

    def count(self, pattern):
        return sum(1 for line in self.lines if re.search(pattern, line))

    def settled(self, pattern, seconds=1.0):
        """How often it came, once nothing more has come for a while."""
        before, since = -1, time.monotonic()
        while time.monotonic() - since < seconds:
            if len(self.lines) != before:
                before, since = len(self.lines), time.monotonic()
            time.sleep(0.02)
        return self.count(pattern)

    def close(self):
        self.socket.close()
