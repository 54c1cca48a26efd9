#!/usr/bin/env python3
"""An echo bot in Python, by ctypes alone: parley.h is all that a binding needs.

usage: echo.py LINK NICK        (PARLEY_LIBRARY: path of the library, if it is not installed)
"""

import ctypes
import os
import sys

TEXT, MESSAGE = 1, 4
ZERO_ENDED = ctypes.c_size_t(-1).value

parley = ctypes.CDLL(os.environ.get("PARLEY_LIBRARY", "libparley.so.1"))
Callback = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
Id = ctypes.c_int64


def declare(name, result, *arguments):
    """ctypes takes every number for an int unless it is told otherwise, which cuts handles and ids in half."""
    function = getattr(parley, name)
    function.restype, function.argtypes = result, arguments
    return function


open_engine = declare("parley_open", ctypes.c_int32, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p))
close = declare("parley_close", ctypes.c_int32, ctypes.c_void_p)
subscribe = declare("parley_subscribe", ctypes.c_int32, ctypes.c_void_p, ctypes.c_uint64, Callback, ctypes.c_void_p)
wait = declare("parley_wait", ctypes.c_int32, ctypes.c_void_p, ctypes.c_int32)
add = declare("parley_identity_add", Id, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p)
connect = declare("parley_connect", ctypes.c_int32, ctypes.c_void_p, Id)
error_text = declare("parley_error_text", ctypes.c_char_p, ctypes.c_int32)
event_message = declare("parley_event_message", ctypes.c_void_p, ctypes.c_void_p)
message_kind = declare("parley_message_kind", ctypes.c_int32, ctypes.c_void_p)
message_is_own = declare("parley_message_is_own", ctypes.c_int32, ctypes.c_void_p)
message_chat = declare("parley_message_chat", Id, ctypes.c_void_p)
message_text = declare("parley_message_text", ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p)
send = declare("parley_send", Id, ctypes.c_void_p, Id, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p)

engine = ctypes.c_void_p()


@Callback
def on_message(event, _context):
    message = event_message(event)
    if message_kind(message) == TEXT and not message_is_own(message):
        send(engine, message_chat(message), message_text(message, None), ZERO_ENDED, None)


def check(result):
    if result < 0:
        sys.exit(error_text(result).decode())
    return result


def main():
    if len(sys.argv) != 3:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    check(open_engine(None, ctypes.byref(engine)))
    check(subscribe(engine, MESSAGE, on_message, None))
    check(connect(engine, check(add(engine, sys.argv[1].encode(), sys.argv[2].encode()))))
    try:
        # A second at a time: Python runs its signal handlers between two calls.
        while wait(engine, 1000) >= 0:
            pass
    except KeyboardInterrupt:
        pass
    close(engine)
    return 0


sys.exit(main())
