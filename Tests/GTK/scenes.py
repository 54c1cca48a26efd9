"""Ann in the window, bob with another client, one server. The scenes follow one another as an evening does."""
import os
import re
import signal
import sys
import time
import traceback

from friend import Friend
from stage import Screen, Server, until
from window import Atspi, Window

CLOCK = r"\d\d:\d\d"


class Evening:
    def __init__(self):
        self.screen = Screen()
        self.server = Server(self.screen.folder)
        self.server.start()
        self.window = None
        self.bob = None

    def close(self):
        for part in (self.window, self.bob, self.server, self.screen):
            if part:
                part.close()

    # The scenes, in their order

    def a_first_run_takes_a_server_and_a_nick(self):
        self.window = window = Window(self.screen.folder)
        print(f"     (on the screen after {window.mapped:.2f} s)")
        window.type("nowhere.invalid")
        window.keys("Tab")
        window.keys("ctrl+a")
        window.type("ann")
        window.keys("Return")
        # Said at the fields, not in a dialog; then it can be mended.
        until("the trouble is said", lambda: any(
            "nowhere.invalid" in (label.get_name() or "") for label in window.all("label")), 15)
        until("the server can be typed again", lambda: not window.now("label", "Connecting…"))
        window.keys("ctrl+a")
        window.type(f"irc://127.0.0.1:{self.server.port}")
        window.keys("Return")
        window.wait("list item", "Network Parley, online, as ann", 15)

    def joining_a_room_of_the_servers_list(self):
        window = self.window
        window.wait("frame", "Join a Room")
        window.wait("list item", "#lobby, 0 people")
        window.type("lobby")
        window.wait("push button", "Join #lobby")
        window.keys("Return")
        window.gone("frame", "Join a Room")
        window.wait("list item", "#lobby")
        window.wait("text", "Message to #lobby")

    def what_is_sent_arrives_once(self):
        self.bob = Friend(self.server.port, "bob", "#lobby")
        self.window.say("hello from the window")
        until("bob has it", lambda: self.bob.has(r"^:ann!\S+ PRIVMSG #lobby :hello from the window$"))
        row = self.window.row("hello from the window")
        assert re.search(rf"ann, {CLOCK}, hello from the window$", row), row
        assert self.bob.settled("hello from the window") == 1

    def lines_can_be_broken(self):
        window = self.window
        window.type("first line")
        window.keys("shift+Return")
        window.type("second line")
        until("the composer has two lines", lambda: window.composer() == "first line\nsecond line")
        window.keys("Return")
        until("bob has both", lambda: self.bob.has("first line") and self.bob.has("second line"))

    def what_bob_says_is_there_at_once(self):
        self.bob.tell("#lobby", "hello back, <b>ann</b> & all")
        row = self.window.row("hello back, <b>ann</b> & all", 2)
        assert re.search(rf"bob, {CLOCK}, hello back", row), row

    def hostile_text_is_shown_as_text(self):
        self.bob.tell("#lobby", "\x02bold\x02 \x0304,01red\x0f <a href='file:///'>x</a> \u202eevil \x07bell \x1b[2J end")
        self.window.row("bold red <a href='file:///'>x</a> evil bell [2J end", 2)

    def a_private_message_is_counted_and_answered(self):
        window = self.window
        self.bob.tell("ann", "psst, ann")
        window.wait("list item", "bob, 1 unread, 1 for you", 5)
        window.keys("ctrl+k")
        window.wait("frame", "Go to a Chat")
        window.type("bo")
        until("bob is found", lambda: any(
            (n.get_name() or "").startswith("bob") for l in window.all("list") if l.get_name() == "Chats that match"
            for n in window.all("list item", l)))
        window.keys("Return")
        window.wait("text", "Message to bob")
        window.row("psst, ann")
        # Read when it was in view for a second, not before.
        until("it counts as read", lambda: window.now("list item", "bob, psst, ann"), 5)
        window.say("what is it?")
        until("bob has it", lambda: self.bob.has(r"^:ann!\S+ PRIVMSG bob :what is it\?$"))

    def keys_lead_from_chat_to_chat(self):
        window = self.window
        window.keys("alt+1")
        window.wait("text", "Message to #lobby")
        window.keys("ctrl+Next")
        window.wait("text", "Message to bob")
        window.keys("ctrl+Prior")
        window.wait("text", "Message to #lobby")

    def people_and_topic_are_shown(self):
        window = self.window
        window.say("/topic Not mine to say")
        window.wait("label", "/topic: ")
        window.say("/join #tea")
        window.wait("text", "Message to #tea")
        until("the room is joined", lambda: window.now("list item", "#tea") and not window.now("list item", "#tea, not joined"))
        window.say("/topic Tea at five")
        window.wait("label", "Tea at five")
        self.bob.say("JOIN #tea")
        window.keys("F9")
        window.wait("list item", "bob", exact=True)
        window.wait("label", "2 people")
        self.screen.picture("people")
        window.keys("F9", "alt+1")
        window.wait("text", "Message to #lobby")

    def typing_is_shown(self):
        typist = Friend(self.server.port, "tim", "#lobby", "message-tags")
        typist.say("@+typing=active TAGMSG #lobby")
        self.window.wait("label", "tim is typing…", 5)
        typist.say("@+typing=done TAGMSG #lobby")
        self.window.gone("label", "tim is typing…", 5)
        typist.close()

    def what_cannot_be_sent_is_said(self):
        window = self.window
        window.say("/msg nobody are you there?")
        window.wait("text", "Message to nobody")
        until("the row says that it failed", lambda: any(
            "are you there?, failed: " in name for name in window.messages()))
        window.press("push button", "Delete")
        until("it is gone", lambda: not window.messages())
        window.keys("alt+1")
        window.wait("text", "Message to #lobby")

    def history_is_read_upward_without_a_jump(self):
        window = self.window
        before = window.cpu()
        self.bob.tell("#lobby", *(f"line {number:03d} of many, with some more words in it" for number in range(400)))
        window.row("line 399 of many, with some more words in it", 30)
        print(f"     ({window.cpu() - before:.1f} s of processor time for 400 messages, {window.memory():.0f} MiB)")
        assert len(window.messages()) <= 200, "the window of rows is bounded"
        # One row is followed while the wheel turns: it may only ever go down, and by what the wheel gives.
        window.point_at_messages()
        steps, rows = [], 0
        row = place = None
        while len(steps) % 5 or first_line(window) > 150:
            if row is None or not 120 < window.place(row) < 480:
                row, rows = next(one for one in window.rows() if 120 < window.place(one) < 300), rows + 1
            place = window.place(row)
            window.wheel("4")
            steps.append(until("the wheel moves it", lambda: window.place(row) - place or None, 5))
            # What is loaded above meanwhile must not move it again.
            stays(window, row, place + steps[-1])
            assert len(steps) < 400, "no older rows came"
        step = sorted(steps)[len(steps) // 2]
        assert step > 0 and all(abs(one - step) <= 2 for one in steps), f"steps of different sizes: {steps}"
        assert len(window.rows()) <= 200, "the window of rows is bounded"
        print(f"     ({len(steps)} steps of {step} px, {rows} rows followed)")
        window.press("push button", "Go to the newest messages")
        last = until("the newest row is there", lambda: next(
            (one for one in window.rows() if one.get_name().endswith("line 399 of many, with some more words in it")), None))
        until("it is in view", lambda: 100 < window.place(last) < 680)

    def a_lost_connection_is_said_within_a_second(self):
        window = self.window
        self.bob.close()
        window.type("an unfinished tho")
        self.server.kill()
        since = time.monotonic()
        until("the bar is there", lambda: window.now("alert", "Parley: "), 3)
        took = time.monotonic() - since
        assert took < 1, f"the bar came after {took:.2f} s"
        print(f"     (after {took:.2f} s)")
        window.type("ught")
        until("the composer is usable", lambda: window.composer() == "an unfinished thought")
        window.keys("Return")
        row = window.row("an unfinished thought, not sent yet")
        assert row

    def what_was_queued_is_sent_once(self):
        window = self.window
        self.server.start()
        self.bob = Friend(self.server.port, "bob", "#lobby")
        # Unless it has come back by itself by now.
        window.press_if_there("push button", "Retry Now")
        window.row("an unfinished thought", 20)
        until("the bar is gone", lambda: window.now("alert", "Parley: ") is None)
        witness = Friend(self.server.port, "witness", "#lobby", "batch server-time message-tags draft/chathistory")
        witness.say("CHATHISTORY LATEST #lobby * 100")
        until("history came", lambda: witness.count(r"BATCH -"), 5)
        assert witness.settled(r"PRIVMSG #lobby :an unfinished thought$") == 1
        witness.close()

    def missed_messages_are_there_after_a_restart(self):
        window = self.window
        window.type("kept for later")
        window.keys("ctrl+q")
        assert window.process.wait(10) == 0
        self.bob.tell("#lobby", *(f"while ann was away, number {number}" for number in range(60)))
        self.window = window = Window(self.screen.folder)
        print(f"     (on the screen after {window.mapped:.2f} s)")
        window.wait("text", "Message to #lobby")
        until("the draft is there", lambda: window.composer() == "kept for later")
        # Reading goes on where it has ended, and what is further down is not read yet.
        first = until("the line stands where ann has left", lambda: next(
            (row for row in window.rows() if re.search(rf"^New messages\. .*bob, {CLOCK}, while ann was away, number 0$",
             row.get_name())), None), 15)
        until("it is in view", lambda: 100 < window.place(first) < 680)
        window.wait("push button", "Go to the newest messages")
        assert any(re.match(r"#lobby, \d+ unread", row.get_name() or "") for row in window.all("list item"))
        window.keys("ctrl+End")
        window.row("while ann was away, number 59", 15)
        window.keys("ctrl+a", "BackSpace")

    def everything_has_a_name(self):
        window = self.window
        window.keys("F9")
        window.wait("list", "People")
        window.keys("ctrl+n")
        window.wait("frame", "Join a Room")
        bad = window.bad_names()
        assert not bad, f"named by their classes: {bad[:10]}"
        window.keys("Escape")
        window.gone("frame", "Join a Room")
        window.keys("F9")

    def a_changed_certificate_is_loud(self):
        window = self.window
        window.quit()
        self.window = window = Window(self.screen.folder, f"ircs://127.0.0.1:{self.server.tls_port}")
        until("the link is in its field", lambda: any(
            str(self.server.tls_port) in Atspi.Text.get_text(field, 0, Atspi.Text.get_character_count(field))
            for field in window.all() if "EditableText" in field.get_interfaces()))
        window.keys("ctrl+a")
        window.type("cat")
        window.keys("Return")
        window.wait("list item", "online, as cat", 15)
        self.server.kill()
        for name in ("certificate.pem", "key.pem"):
            os.remove(os.path.join(self.server.folder, name))
        self.server.start()
        window.wait("label", "shows another certificate", 20)
        self.screen.picture("certificate")
        window.press("push button", "Trust the New Certificate")
        window.wait("list item", "online, as cat", 20)

    def an_account_is_made_and_signed_in_to(self):
        self.window.quit()
        window = self.fresh("maker", "eve", "correct horse")
        window.keys("Tab", "Tab", "space")
        window.press("push button", "Connect", exact=True)
        window.wait("list item", "online, as eve", 15)
        window.keys("Escape")
        window.quit()
        # Another device, another folder.
        window = self.fresh("other", "eve", "wrong battery")
        window.keys("Return")
        window.wait("label", "Nick or password is wrong", 15)
        self.screen.picture("wrong_password")
        window.keys("ctrl+a")
        window.type("correct horse")
        window.keys("Return")
        window.wait("list item", "online, as eve", 15)

    def fresh(self, folder, nick, password):
        """A first run, filled in as far as the password."""
        path = os.path.join(self.screen.folder, folder)
        os.mkdir(path)
        self.window = window = Window(path)
        window.type(f"ircs://127.0.0.1:{self.server.tls_port}")
        window.keys("Tab", "ctrl+a")
        window.type(nick)
        window.keys("Tab")
        window.type(password)
        return window


def first_line(window):
    """The number of the oldest of the many lines that is loaded."""
    return next((int(found[1]) for found in (re.search(r"line (\d+) of many", row.get_name()) for row in window.rows()[:40])
                 if found), -1)


def stays(window, row, place):
    """It is there for a while, whatever happens around it."""
    end = time.monotonic() + 0.1
    while time.monotonic() < end:
        now = window.place(row)
        assert now == place, f"the row jumped from {place} to {now}"


def main(words):
    scenes = [name for name in vars(Evening) if "_" in name and not name.startswith("_")]  # helpers have one word
    last = max((place for place, name in enumerate(scenes) if any(word in name for word in words)), default=len(scenes) - 1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    evening = Evening()
    try:
        for name in scenes[:last + 1]:
            began = time.monotonic()
            getattr(evening, name)()
            assert evening.window.process.poll() is None, "the program has ended"
            evening.screen.picture(name)
            print(f"ok   {name.replace('_', ' ')} ({time.monotonic() - began:.1f} s)", flush=True)
        return 0
    except Exception:
        traceback.print_exc()
        print(f"FAIL {name.replace('_', ' ')}", flush=True)
        evening.screen.picture("failed")
        if evening.window:
            for row in evening.window.messages()[-8:]:
                print("     row:", row)
            for line in evening.bob.lines[-5:] if evening.bob else []:
                print("     bob:", line)
            with open(evening.window.log.name, errors="replace") as log:
                sys.stdout.write(log.read()[-4000:])
        return 1
    finally:
        evening.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
