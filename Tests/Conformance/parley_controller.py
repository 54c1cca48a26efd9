"""Runs parleyd under irctest (https://github.com/progval/irctest): a fresh server in a folder of its own for each test.

The server's path is taken from PARLEYD, or found in PATH.
"""

import os
from pathlib import Path
import shutil
import subprocess
import time
from typing import Optional, Type

from irctest.basecontrollers import BaseServerController, DirectoryBasedController
from irctest.cases import BaseServerTestCase
from irctest.specifications import Capabilities, OptionalBehaviors

PARLEYD = os.environ.get("PARLEYD") or shutil.which("parleyd") or "parleyd"

OPERATOR = ("operuser", "operpassword")


class ParleyController(BaseServerController, DirectoryBasedController):
    software_name = "Parley"
    _port_wait_interval = 0.01
    supported_sasl_mechanisms = {"PLAIN", "SCRAM-SHA-256"}
    supports_sts = False
    extban_mute_char = "m"

    capabilities = frozenset(
        (
            Capabilities.ACCOUNT_NOTIFY,
            Capabilities.ACCOUNT_TAG,
            Capabilities.AWAY_NOTIFY,
            Capabilities.BATCH,
            Capabilities.ECHO_MESSAGE,
            Capabilities.EXTENDED_JOIN,
            Capabilities.LABELED_RESPONSE,
            Capabilities.MESSAGE_TAGS,
            Capabilities.MULTI_PREFIX,
            Capabilities.SETNAME,
        )
    )

    optional_behaviors = frozenset(
        (
            OptionalBehaviors.BAN_EXCEPTION_MODE,
            OptionalBehaviors.CAP_REQ_MINUS,
            OptionalBehaviors.ELIST_C,
            OptionalBehaviors.ELIST_M,
            OptionalBehaviors.ELIST_N,
            OptionalBehaviors.ELIST_T,
            OptionalBehaviors.ELIST_U,
            OptionalBehaviors.INVITE_EXCEPTION_MODE,
            OptionalBehaviors.INVITE_LIST,
            OptionalBehaviors.INVITE_OVERRIDES_LIMIT,
            OptionalBehaviors.METADATA_BEFORE_CONNECT,
            OptionalBehaviors.MULTI_JOIN,
            OptionalBehaviors.MULTI_KICK,
            OptionalBehaviors.MULTI_NAMES_COMMAND,
            OptionalBehaviors.MULTI_PRIVMSG,
            OptionalBehaviors.NO_CTCP,
            OptionalBehaviors.SASL_AFTER_REGISTRATION,
            OptionalBehaviors.SASL_REAUTHENTICATION,
        )
    )

    isupport = {
        "CASEMAPPING": "ascii",
        "INVEX": "I",
        "PREFIX": "(qaohv)~&@%+",
        "STATUSMSG": "~&@%+",
        "UTF8ONLY": None,
        "WHOX": None,
    }

    def run(
        self,
        hostname: str,
        port: int,
        *,
        password: Optional[str],
        ssl: bool,
        run_services: bool,
        faketime: Optional[str],
        websocket_hostname: Optional[str] = None,
        websocket_port: Optional[int] = None,
    ) -> None:
        assert self.proc is None
        self.create_config()
        assert self.directory
        self.port = port
        self.hostname = hostname
        self.faketime = faketime
        scheme = "ircs" if ssl else "irc"
        settings = [
            "network=ParleyTest",
            f"always-on={'true' if self._wants('always-on') else 'false'}",
            "proxy-networks=127.0.0.0/8",
            f"proxy-required={'true' if self._wants('proxy') else 'false'}",
            "lobby=",
            # Cheap passwords: a hundred accounts are made in a run.
            "password-iterations=4096",
            "password-length=1",
            # As Ergo is tested.
            "multiline-bytes=4096",
            "multiline-lines=32",
        ]
        if not self.test_config.account_registration_before_connect:
            settings.append("registration-before-connect=false")
        if self.test_config.account_registration_requires_email:
            settings += ["email-required=true", "mail-command=/bin/true"]
        if password is not None:
            settings.append(f"connection-password={password}")
        if ssl:
            self.gen_ssl()
            settings += [f"certificate={self.pem_path}", f"key={self.key_path}"]
        data = self.directory / "data"
        self._command = [
            PARLEYD,
            "serve",
            *("--data", str(data)),
            *("--listen", f"{scheme}://127.0.0.1:{port}"),
            *(("--listen", f"{'wss' if ssl else 'ws'}://127.0.0.1:{websocket_port}") if websocket_port else ()),
            *("--name", "My.Little.Server"),
            *("--trust", "127.0.0.0/8"),
        ]
        for setting in settings:
            self._command += ["--set", setting]
        data.mkdir(mode=0o700, exist_ok=True)
        name, secret = OPERATOR
        subprocess.run(
            [PARLEYD, "account", "create", name, "--operator", "--data", str(data)],
            input=f"{secret}\n".encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        self._start()

    def _wants(self, what: str) -> bool:
        """Tests say so in the words of the server they were written for."""
        change = self.test_config.ergo_config
        if change is None:
            return False
        config = {"accounts": {"multiclient": {}}, "channels": {}, "history": {}, "server": {"listeners": {"": None}}}
        try:
            change(config)
        except (KeyError, TypeError, AttributeError):
            return False
        if what == "proxy":
            return bool((config["server"]["listeners"][""] or {}).get("proxy"))
        return config["accounts"]["multiclient"].get("always-on") in ("opt-out", "mandatory")

    def _start(self) -> None:
        command = self._command
        if self.faketime and shutil.which("faketime"):
            command = ["faketime", "-f", self.faketime, *command]
            self.faketime_enabled = True
        self.proc = self.execute(command)

    def restart(self) -> None:
        self.kill_proc()
        self.port_open = False
        self._start()
        self.wait_for_port()

    def wait_for_services(self) -> None:
        """Accounts are part of the server."""

    def registerUser(
        self, case: BaseServerTestCase, username: str, password: Optional[str] = None
    ) -> None:
        assert password
        if len(password) > 300:
            # Too long for a line. The server notices within about a second, and then keeps the nick.
            data = str(self.directory / "data")
            command = [PARLEYD, "account", "create", username, "--data", data]
            subprocess.run(command, input=f"{password}\n".encode(), stdout=subprocess.DEVNULL, check=True)
            self._wait_for_account(case, username)
            return
        client = case.addClient(show_io=False)
        case.sendLine(client, "CAP LS 302")
        case.sendLine(client, "NICK " + username)
        case.sendLine(client, "USER r e g :user")
        case.sendLine(client, "CAP REQ :draft/account-registration")
        case.sendLine(client, "CAP END")
        while case.getRegistrationMessage(client).command != "001":
            pass
        case.getMessages(client)
        case.sendLine(client, f"REGISTER * * {password}")
        for message in case.getMessages(client):
            if message.command == "REGISTER" and message.params[0] == "SUCCESS":
                break
        else:
            raise AssertionError(f"could not register {username}")
        case.sendLine(client, "QUIT")
        case.assertDisconnected(client)

    def _wait_for_account(self, case: BaseServerTestCase, username: str) -> None:
        for _ in range(100):
            guest = case.addClient(show_io=False)
            case.sendLine(guest, "NICK " + username)
            case.sendLine(guest, "USER g g g :guest")
            command = ""
            while command not in ("001", "433"):
                command = case.getMessage(guest).command
            case.sendLine(guest, "QUIT")
            case.removeClient(guest)
            if command == "433":
                return
            time.sleep(0.05)
        raise AssertionError(f"the server does not know the account {username}")


def get_irctest_controller_class() -> Type[ParleyController]:
    return ParleyController
