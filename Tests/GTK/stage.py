"""What a scene plays on: a screen without a monitor, a session bus, a window manager, a chat server."""
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time


def until(what, condition, seconds=10.0):
    """Waits for a condition, and returns what made it true."""
    end = time.monotonic() + seconds
    while True:
        try:
            found = condition()
        except Exception as trouble:  # the tree of widgets changes while it is read
            found = None
            last = trouble
        else:
            last = None
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:g} s: {what}" + (f" ({last})" if last else ""))
        time.sleep(0.02)


class Screen:
    """Sets the environment that programs need; ends everything it started."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="parley-gtk-")
        self.processes = []
        home, run = os.path.join(self.folder, "home"), os.path.join(self.folder, "run")
        os.mkdir(home)
        os.mkdir(run, 0o700)
        os.environ.update(
            HOME=home, XDG_RUNTIME_DIR=run, GDK_BACKEND="x11", GSK_RENDERER="cairo", LIBGL_ALWAYS_SOFTWARE="1",
            LANG="C.UTF-8", LC_ALL="C.UTF-8", TZ="UTC", NO_AT_BRIDGE="0")
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
            os.environ.pop(name, None)
        reading, writing = os.pipe()
        self.start(["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24", "-nolisten", "tcp"], pass_fds=[writing])
        os.close(writing)
        with os.fdopen(reading) as answer:
            os.environ["DISPLAY"] = ":" + answer.readline().strip()
        bus = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--print-address"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.processes.append(bus)
        os.environ["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().decode().strip()
        self.start(["openbox"])

    def start(self, command, **options):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
        self.processes.append(process)
        return process

    def picture(self, name):
        folder = os.environ.get("SHOTS")
        if folder:
            os.makedirs(folder, exist_ok=True)
            subprocess.run(["import", "-window", "root", os.path.join(folder, name + ".png")], check=False)

    def close(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """parleyd on a folder of its own; it can be killed and started again."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "server")
        self.port, self.tls_port = free_port(), free_port()
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [os.environ["PARLEYD"], "--data", self.folder, "--listen", f"irc://127.0.0.1:{self.port}", "--listen",
             f"ircs://127.0.0.1:{self.tls_port}", "--trust", "127.0.0.0/8", "--set", "lobby-flood-lines=0"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until("the server listens", lambda: socket.create_connection(("127.0.0.1", self.port), 1).close() is None)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)
