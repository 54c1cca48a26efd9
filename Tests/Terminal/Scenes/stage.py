"""What scenes are played with: a server, terminals, other people. Nothing here waits for a fixed time: it waits for what is to be
seen, up to a limit that only a failure reaches."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time

PARLEY = os.environ["PARLEY"]
PARLEYD = os.environ["PARLEYD"]
LIMIT = 20.0  # seconds for anything to be seen


class Failed(AssertionError):
    """What was expected was not seen."""


def until(what, seen, limit=LIMIT):
    """Waits until `seen()` is something, and returns it."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        result = seen()
        if result:
            return result
        time.sleep(0.02)
    raise Failed(what() if callable(what) else what)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Server:
    """A parleyd of its own, on this computer only."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.port, self.tls_port = free_port(), free_port()
        self.process = None
        self.start()

    @property
    def link(self):
        return f"irc://127.0.0.1:{self.port}"

    @property
    def tls_link(self):
        return f"ircs://127.0.0.1:{self.tls_port}"

    def start(self):
        log = open(self.folder.parent / "parleyd.log", "ab")
        command = [PARLEYD, "--data", str(self.folder), "--listen", f"irc://127.0.0.1:{self.port}",
                   "--listen", self.tls_link, "--trust", "127.0.0.0/8", "--set", "lobby-flood-lines=0"]
        self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        until("the server does not start", lambda: answers(self.port))

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.kill()

    def account(self, name, password):
        """Makes an account while the server is down: one that runs looks for new ones only now and then."""
        self.kill()
        file = self.folder.parent / "password"
        file.write_text(password + "\n")
        subprocess.run([PARLEYD, "account", "create", "--data", str(self.folder), name, "--password-file", str(file)],
                       check=True, capture_output=True)
        self.start()


class Person:
    """Somebody with a plain socket, who can say what no client says."""

    def __init__(self, server, nick, room="#lobby"):
        self.nick, self.room = nick, room
        self.socket = socket.create_connection(("127.0.0.1", server.port), 10)
        self.heard = b""
        self.send("CAP REQ :message-tags")
        self.send(f"NICK {nick}")
        self.send(f"USER {nick} 0 * :{nick}")
        self.send("CAP END")
        self.hear(" 001 ")
        if room:
            self.send(f"JOIN {room}")
            self.hear(" 366 ")

    def send(self, line):
        self.socket.sendall((line if isinstance(line, bytes) else line.encode()) + b"\r\n")

    def say(self, text, to=None):
        text = text if isinstance(text, bytes) else text.encode()
        self.send(b"PRIVMSG " + (to or self.room).encode() + b" :" + text)

    def hear(self, text):
        end = time.monotonic() + LIMIT
        self.socket.settimeout(0.2)
        while text.encode() not in self.heard:
            if time.monotonic() > end:
                raise Failed(f"{self.nick} did not hear {text!r}, but {self.heard[-800:]!r}")
            try:
                more = self.socket.recv(65536)
            except TimeoutError:
                continue
            if not more:
                raise Failed(f"{self.nick} was disconnected: {self.heard[-800:]!r}")
            for line in more.split(b"\r\n"):
                if line.startswith(b"PING"):
                    self.send(b"PONG" + line[4:])
            self.heard += more

    def leave(self):
        self.socket.close()


class Terminal:
    """A program in a terminal of tmux."""

    def __init__(self, stage, name, command, columns=90, rows=28, environment=None):
        self.stage, self.name = stage, name
        variables = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TERM": "screen-256color", "HOME": str(stage.folder), "USER": "me"}
        variables.update(environment or {})
        settings = [word for pair in variables.items() for word in ("-e", "=".join(pair))]
        words = " ".join(f"'{word}'" for word in command)
        status = stage.folder / f"{name}.status"
        status.unlink(missing_ok=True)
        stage.tmux("new-session", "-d", "-s", name, "-x", str(columns), "-y", str(rows), *settings,
                   f"{words}; echo $? > '{status}'; stty -a > '{status}.stty'; sleep 1000")
        self.status_file = status

    def type(self, text):
        self.stage.tmux("send-keys", "-t", self.name, "-l", "--", text)

    def press(self, *keys):
        self.stage.tmux("send-keys", "-t", self.name, *keys)

    def enter(self, text):
        self.type(text)
        self.press("Enter")

    def paste(self, text):
        self.stage.tmux("set-buffer", "--", text)
        self.stage.tmux("paste-buffer", "-p", "-t", self.name)

    def resize(self, columns, rows):
        self.stage.tmux("resize-window", "-t", self.name, "-x", str(columns), "-y", str(rows))

    def screen(self, history=False):
        start = ["-S", "-2000"] if history else []
        return self.stage.tmux("capture-pane", "-p", "-t", self.name, *start).rstrip("\n")

    def lines(self):
        return [line.rstrip() for line in self.screen().split("\n")]

    @property
    def prompt(self):
        """The line with the cursor."""
        row = int(self.stage.tmux("display-message", "-p", "-t", self.name, "#{cursor_y}"))
        lines = self.lines()
        return lines[row] if row < len(lines) else ""

    @property
    def title(self):
        return self.stage.tmux("display-message", "-p", "-t", self.name, "#{pane_title}").strip()

    def sees(self, text, limit=LIMIT):
        """A regular expression, somewhere on the screen."""
        return until(lambda: f"{self.name} does not see {text!r} in:\n{self.screen()}",
                     lambda: re.search(text, self.screen(), re.M), limit)

    def sees_prompt(self, text, limit=LIMIT):
        return until(lambda: f"{self.name}: the line is not {text!r} but {self.prompt!r} in:\n{self.screen()}",
                     lambda: re.search(text, self.prompt), limit)

    def sees_once(self, text):
        self.sees(text)
        count = len(re.findall(text, self.screen(history=True), re.M))
        if count != 1:
            raise Failed(f"{self.name} sees {text!r} {count} times in:\n{self.screen(history=True)}")

    def never_saw(self, text):
        if re.search(text, self.screen(history=True), re.M):
            raise Failed(f"{self.name} sees {text!r} in:\n{self.screen(history=True)}")

    def ended(self):
        """The status with which the program has ended."""
        text = until(lambda: f"{self.name} does not end:\n{self.screen()}",
                     lambda: self.status_file.exists() and self.status_file.read_text().strip())
        return int(text)

    def stty(self):
        return until("no stty", lambda: pathlib.Path(f"{self.status_file}.stty").exists()
                     and pathlib.Path(f"{self.status_file}.stty").read_text())

    def process(self):
        """The number of the program's process."""
        shell = self.stage.tmux("display-message", "-p", "-t", self.name, "#{pane_pid}").strip()
        children = pathlib.Path(f"/proc/{shell}/task/{shell}/children").read_text().split()
        return int(children[0]) if children else int(shell)


class Follower:
    """A command that goes on, and what it says."""

    def __init__(self, stage, command, environment):
        self.file = stage.folder / f"follower-{time.monotonic_ns()}"
        self.output = open(self.file, "wb")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT,
                                        env=environment, start_new_session=True)

    def text(self):
        return self.file.read_text(errors="replace")

    def hears(self, text, limit=LIMIT):
        return until(lambda: f"{text!r} is not in:\n{self.text()}", lambda: text in self.text(), limit)

    def ended(self, limit=LIMIT):
        try:
            return self.process.wait(limit)
        except subprocess.TimeoutExpired:
            raise Failed(f"it does not end:\n{self.text()}") from None

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.output.close()


class Stage:
    """A folder, a server and terminals for one scene, all gone at its end."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="parley-terminal-"))
        self.socket = str(self.folder / "tmux")
        (self.folder / "tmux.conf").write_text("set -g default-terminal screen-256color\nset -g history-limit 5000\nset -g exit-empty off\n")
        self.server = Server(self.folder / "server")
        self.people = []
        self.followers = []

    def tmux(self, *words):
        command = ["tmux", "-f", str(self.folder / "tmux.conf"), "-S", self.socket, *words]
        environment = dict(os.environ, LANG="C.UTF-8", LC_ALL="C.UTF-8")
        environment.pop("TMUX", None)
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        if done.returncode != 0:
            raise Failed(f"tmux {words}: {done.stderr}")
        return done.stdout

    def chat(self, nick, link=None, environment=None, columns=90, rows=28, options=(), name=None):
        """The terminal client, in the lobby."""
        command = [PARLEY, "--directory", str(self.folder / nick), "--nick", nick, *options,
                   link or f"{self.server.link}/#lobby"]
        return Terminal(self, name or nick, command, columns, rows, environment)

    def again(self, nick, environment=None, columns=90, rows=28):
        """The same program once more, as people start it: without any options but the folder."""
        return Terminal(self, nick, [PARLEY, "--directory", str(self.folder / nick)], columns, rows, environment)

    def irssi(self, nick):
        home = self.folder / f"irssi-{nick}"
        command = ["irssi", "--home", str(home), "--noconnect", "-n", nick]
        terminal = Terminal(self, f"irssi-{nick}", command)
        terminal.sees(r"\[\(status\)\]")
        terminal.enter("/set term_charset utf-8")
        terminal.enter("/set cmds_max_at_once 100")
        terminal.enter(f"/connect -notls 127.0.0.1 {self.server.port}")
        terminal.sees("Welcome to")
        terminal.enter("/join #lobby")
        terminal.sees(r"\[#lobby\]")
        return terminal

    def person(self, nick, room="#lobby"):
        person = Person(self.server, nick, room)
        self.people.append(person)
        return person

    def script(self, nick, *words, input="", environment=None, link=True):
        """The program without a terminal. Returns what it said, and its status."""
        where = ["--link", self.server.link, "--nick", nick] if link else []
        variables = dict(os.environ, LANG="C.UTF-8", LC_ALL="C.UTF-8", HOME=str(self.folder))
        variables.update(environment or {})
        return subprocess.run([PARLEY, "--directory", str(self.folder / nick), *where, *words], input=input, text=True,
                              capture_output=True, env=variables, timeout=90, start_new_session=True)

    def follow(self, nick, *words, environment=None):
        """A command that goes on, without a terminal."""
        variables = dict(os.environ, LANG="C.UTF-8", LC_ALL="C.UTF-8", HOME=str(self.folder))
        variables.update(environment or {})
        command = [PARLEY, "--directory", str(self.folder / nick), *words]
        follower = Follower(self, command, variables)
        self.followers.append(follower)
        return follower

    def end(self):
        for follower in self.followers:
            follower.stop()
        try:
            self.tmux("kill-server")
        except Failed:
            pass
        for person in self.people:
            person.leave()
        self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def objects(text):
    return [json.loads(line) for line in text.splitlines()]


def expect(condition, what):
    if not condition:
        raise Failed(what() if callable(what) else what)
