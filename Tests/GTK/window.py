"""The program under test, as a screen reader and a keyboard see it."""
import os
import subprocess
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402

from stage import until  # noqa: E402


def below(node):
    """A widget and all below it."""
    yield node
    for place in range(node.get_child_count()):
        child = node.get_child_at_index(place)
        if child:
            yield from below(child)


class Window:
    def __init__(self, folder, *arguments):
        self.started = time.monotonic()
        self.log = open(os.path.join(folder, "window.log"), "ab")
        self.process = subprocess.Popen(
            [os.environ["PARLEY_GTK"], "--directory", os.path.join(folder, "client"), *arguments],
            stdout=self.log, stderr=self.log)
        self.application = until("the window is there", self.find_application, 20)
        # GTK does not tell of every name that changes: they are read anew each time.
        self.application.set_cache_mask(Atspi.Cache.NONE)
        self.id = until("it is on the screen", lambda: subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--pid", str(self.process.pid), "--name", "Parley"],
            capture_output=True, text=True).stdout.split())[-1]
        self.mapped = time.monotonic() - self.started
        subprocess.run(["xdotool", "windowactivate", "--sync", self.id], check=True)

    def find_application(self):
        assert self.process.poll() is None, f"the program has ended with {self.process.returncode}"
        desktop = Atspi.get_desktop(0)
        for place in range(desktop.get_child_count()):
            application = desktop.get_child_at_index(place)
            if application and application.get_process_id() == self.process.pid and application.get_child_count():
                return application
        return None

    # Looking

    def all(self, role=None, inside=None):
        for node in below(inside or self.application):
            if role is None or node.get_role_name() == role:
                yield node

    def now(self, role, name, exact=False):
        """A widget that is there now, if only on a page that is not in view; None if there is none."""
        for node in self.all(role):
            said = (node.get_name() or "").strip()
            if said == name if exact else name in said:
                if node.get_state_set().contains(Atspi.StateType.VISIBLE):
                    return node
        return None

    def wait(self, role, name, seconds=10.0, exact=False):
        return until(f"{role} {name!r} is there", lambda: self.now(role, name, exact), seconds)

    def gone(self, role, name, seconds=10.0):
        until(f"{role} {name!r} is gone", lambda: self.now(role, name) is None, seconds)

    def messages(self):
        """What a screen reader says for each row of the open chat."""
        return [row.get_name() for row in self.rows()]

    def row(self, text, seconds=10.0):
        """The one row that ends so."""
        def find():
            rows = [name for name in self.messages() if name.endswith(text)]
            return rows if len(rows) == 1 else None
        return until(f"one row with {text!r}", find, seconds)[0]

    def rows(self):
        """Rows of the open chat, as widgets."""
        log = next(self.all("log"))
        return [row for row in (log.get_child_at_index(place) for place in range(log.get_child_count())) if row]

    def place(self, row):
        """Where it is in the window, in pixels from the top."""
        return Atspi.Component.get_extents(row, Atspi.CoordType.WINDOW).y

    def text_of(self, role, name):
        node = self.wait(role, name)
        return Atspi.Text.get_text(node, 0, Atspi.Text.get_character_count(node))

    def composer(self):
        node = next(n for n in self.all("text") if (n.get_name() or "").startswith("Message to"))
        return Atspi.Text.get_text(node, 0, Atspi.Text.get_character_count(node))

    def bad_names(self):
        return [(n.get_role_name(), n.get_name()) for n in self.all() if (n.get_name() or "").startswith(("Gtk", "Adw", "_"))]

    # Doing

    def press(self, role, name, exact=False):
        Atspi.Action.do_action(self.wait(role, name, exact=exact), 0)

    def keys(self, *keys):
        subprocess.run(["xdotool", "key", "--delay", "20", *keys], check=True)

    def type(self, text):
        subprocess.run(["xdotool", "type", "--delay", "8", text], check=True)

    def say(self, text):
        self.type(text)
        until("the composer has it", lambda: self.composer().endswith(text[-20:]))
        self.keys("Return")

    def point_at_messages(self):
        subprocess.run(["xdotool", "mousemove", "--window", self.id, "640", "400"], check=True)

    def wheel(self, button):
        subprocess.run(["xdotool", "click", button], check=True)

    def cpu(self):
        """Seconds of processor time so far."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        """MiB of its own and its share of what it shares."""
        with open(f"/proc/{self.process.pid}/smaps_rollup") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("Pss:")) / 1024

    def quit(self):
        self.keys("ctrl+q")
        assert self.process.wait(10) == 0, "it ended with a failure"
        self.log.close()

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)
