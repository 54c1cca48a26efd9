/*
 * parley.h: the C interface of libparley, an embeddable chat engine.
 *
 * Copyright the Parley authors. Licensed under the Apache License, Version 2.0.
 *
 * What is not in this file is not part of the interface.
 *
 *
 * THE MODEL
 *
 * An ENGINE is one folder on disk with everything a person's chat program knows: identities, chats, messages, what is still
 * to be sent. It keeps connections open on a thread of its own and never calls you from there.
 *
 * An IDENTITY is one person on one network: a nick, perhaps an account, and the server's address. An engine holds any number of
 * identities. Each connects, signs in, and reconnects by itself until you tell it to stop. The network is anything that
 * speaks IRC; on Parley's own server everything below works, on others what parley_supports() says.
 *
 * A CHAT is a conversation of an identity: a room, a person, or the server itself with its notices. It has members, unread
 * counts and a list of MESSAGES in one fixed order. Rows of that list are what people said, what happened in the room (joins,
 * topics), and GAPS: places where the server has messages that this engine does not have. A gap is a row like any other,
 * so a history with holes always looks like one. parley_backfill() asks the server to close a gap.
 *
 * A message you send has a permanent local id from the moment it is queued. It is written to disk before the first byte of it
 * leaves, stays PENDING until the server has acknowledged it, across restarts of the program and the machine, and then
 * is SENT, or FAILED with a reason. With an account on a server that understands idempotency keys (Parley's does) it is stored
 * there exactly once however often the connection breaks. On others, and for guests, a message that was being sent when the
 * connection ended fails with PARLEY_E_UNCERTAIN, and you decide.
 *
 * A verb that needs the network returns a REQUEST, a positive number, at once. Nothing blocks. Each request is finished by exactly
 * one PARLEY_DONE event, with a result.
 *
 * An EVENT tells what has changed. Events wait in a queue; parley_fd() is readable exactly while some wait, and
 * parley_dispatch() calls your callback for them, on your thread. That is the whole contract with an event loop:
 *
 *     struct pollfd wait = { parley_fd(engine), POLLIN, 0 };
 *     while (poll(&wait, 1, -1) > 0) parley_dispatch(engine, 100);
 *
 * GTK: g_unix_fd_add(parley_fd(engine), G_IO_IN, …). Programs that do nothing else call parley_wait() in a loop.
 *
 *
 * A WHOLE PROGRAM
 *
 *     #include <parley.h>
 *     #include <stdio.h>
 *
 *     static void on_event(const parley_event *event, void *context) {
 *         const parley_message *message = parley_event_message(event);
 *         if (!parley_message_is_own(message) && parley_message_kind(message) == PARLEY_TEXT)
 *             parley_send(context, parley_message_chat(message), parley_message_text(message, NULL), PARLEY_ZERO_ENDED, NULL);
 *     }
 *
 *     int main(int count, char **arguments) {
 *         parley_engine *engine;
 *         if (count < 3 || parley_open(NULL, &engine) != PARLEY_OK) return 1;
 *         parley_subscribe(engine, PARLEY_MESSAGE, on_event, engine);
 *         parley_connect(engine, parley_identity_add(engine, arguments[1], arguments[2]));
 *         while (parley_wait(engine, -1) >= 0) {}
 *         return parley_close(engine);
 *     }
 *
 *
 * CONTRACTS THAT HOLD EVERYWHERE
 *
 * Threads. Any function may be called from any thread, and from inside a callback. Callbacks run only inside parley_dispatch() and
 * parley_wait(), on the thread that called them. Only one dispatch runs at a time: one inside another, or beside one on another
 * thread, returns PARLEY_E_BUSY. parley_close() inside a callback, or while another thread dispatches, takes effect when that
 * dispatch returns; calls in between return PARLEY_E_CLOSED.
 *
 * Callbacks that do not return. A callback may be left by a C++ exception, by longjmp() of the GNU C library, and by the end of its
 * thread. The dispatch ends there. The engine can still be used and closed, and callbacks that were still to be told of the event
 * are told of it by the next dispatch. A logger has to return.
 *
 * Handles and ids. Handles (parley_engine *, parley_page *, parley_event *, parley_message * …) are opaque, never reused while
 * the process lives, and checked: one that is NULL, closed, freed or nonsense gives PARLEY_E_HANDLE from functions that
 * return a result, 0 from those that return a number, NULL from those that return a string. Identities, chats, messages and
 * requests are positive numbers, each unique within its kind for the life of the folder (requests: of the process). 0 is none.
 *
 * Ownership. A page is yours: free it with parley_page_free(). Everything else is borrowed: an event, and what hangs on it, until
 * its callback returns; what hangs on a page, until the page is freed. Strings you pass in are copied.
 *
 * Strings. UTF-8. Going in: a pointer and a size in bytes, or PARLEY_ZERO_ENDED. Names and links are zero-ended. Invalid UTF-8 and
 * zero bytes are refused with PARLEY_E_TEXT, and so are line ends (LF, CR) wherever text is not said to have several lines; values
 * of parley_set() and of keys that begin with "x-" may. Nothing is rewritten. Coming out: zero-ended as well, with the size stored
 * where `size` points unless that is NULL. A string that is not set is NULL; an empty one is "". Text from the network holds whatever
 * people send: control characters, direction overrides. Escape it before it reaches a terminal or markup.
 *
 * Results. PARLEY_OK or a positive value is success; a negative one is one of PARLEY_E_…. Times are milliseconds since 1970 UTC.
 *
 * Order. What one thread calls takes effect in that order, and its next read (of a page, or a setting) shows it: the read waits
 * until the engine has it on disk. It does not wait for calls of other threads, nor for the network. Events arrive in the order in
 * which things happened. What an event tells is already on disk, and pages read from inside its callback show it.
 *
 * Host. One engine per folder (PARLEY_E_LOCKED). After fork(), in the child, every call returns PARLEY_E_FORKED, and closes nothing
 * of the parent's. The library installs no signal handlers and does not exit. Never unload it with dlclose().
 *
 * Threads and descriptors of the library. An engine has one thread, and another one for each look-up of a host's name while that
 * lasts. They block all signals but those of a fault (SIGSEGV, SIGBUS, SIGILL, SIGABRT, SIGFPE), and raise no SIGPIPE. All descriptors
 * are closed in programs that you start. After parley_close() no thread and no descriptor of the engine is left; only a look-up that
 * the system has not answered by then keeps its thread until it has: that thread touches nothing of yours.
 *
 * Environment and standard error. The library, the Swift runtime inside it included, reads no environment variables and writes
 * nothing to standard output or error. The one exception is an error in the library itself that the runtime detects: it writes a line
 * to standard error and ends the process by SIGILL (SIGTRAP on ARM). The libraries of the system that it uses do read variables: the C
 * library those of its resolver and of the time zone (LOCALDOMAIN, RES_OPTIONS, TZ …), SQLite SQLITE_TMPDIR and TMPDIR, OpenSSL
 * OPENSSL_ia32cap. SSL_CERT_FILE, SSL_CERT_DIR and OPENSSL_CONF change nothing: authorities are those in OpenSSL's own folder (Debian:
 * /etc/ssl/certs). The first encrypted connection initialises OpenSSL for the process, unless you have done so, without its
 * configuration file and without a function that runs at exit; initialise it before if you need these.
 *
 * Versions. Within SONAME libparley.so.1 functions, constants and fields of parley_options are only added, at the end, and numbers
 * keep their meaning. Be ready for kinds and states you do not know: ignore such events and rows. A test runs old programs
 * against new libraries.
 *
 * For those who look behind the curtain: this file is written by hand and is the only truth. The engine is written in Swift,
 * which implements these declarations with @c @implementation (the released spelling of @_cdecl), checked by its compiler.
 */
#ifndef PARLEY_H
#define PARLEY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------------------------------------------------------------
 * Version and results
 */

#define PARLEY_VERSION_MAJOR 1
#define PARLEY_VERSION_MINOR 0
#define PARLEY_VERSION_PATCH 0

/* The version of the library that runs: major * 1000000 + minor * 1000 + patch. */
int32_t parley_version(void);

enum {
  PARLEY_OK = 0,
  PARLEY_E_HANDLE = -1,      /* NULL, closed, freed, or no handle at all */
  PARLEY_E_ARGUMENT = -2,    /* a value out of its range, or a pointer missing */
  PARLEY_E_TEXT = -3,        /* invalid UTF-8, a zero byte, or a line end where none may be */
  PARLEY_E_TOO_LONG = -4,    /* more than the stated limit */
  PARLEY_E_NO_SUCH = -5,     /* no identity, chat, message, request or key of that name or number */
  PARLEY_E_UNSUPPORTED = -6, /* this network cannot do it: see parley_supports() */
  PARLEY_E_OFFLINE = -7,     /* needs a connection, and there is none */
  PARLEY_E_STATE = -8,       /* not now: such as answering what was not asked */
  PARLEY_E_BUSY = -9,        /* a dispatch is running */
  PARLEY_E_CLOSED = -10,     /* the engine is being closed */
  PARLEY_E_FORKED = -11,     /* called in a child after fork() */
  PARLEY_E_LOCKED = -12,     /* another engine has the folder open */
  PARLEY_E_STORE = -13,      /* the disk: full or failing. An identity that is STOPPED with it goes on after parley_close() and
                                parley_open() only */
  PARLEY_E_MEMORY = -14,     /* no descriptors, threads or memory left */
  PARLEY_E_LOST = -15,       /* the connection ended before the answer came */
  PARLEY_E_TIMEOUT = -16,    /* no answer in time */
  PARLEY_E_REFUSED = -17,    /* the server said no: the event's text is its reason, its code the server's word for it */
  PARLEY_E_UNCERTAIN = -18,  /* sent, but the connection ended before anybody could tell whether it arrived */
  PARLEY_E_CANCELLED = -19,  /* ended by you: discarded, disconnected, removed, closed */
  PARLEY_E_SIGN_IN = -20,    /* the server does not accept account and password, or certificate */
  PARLEY_E_CERTIFICATE = -21, /* the server is not the one that was invited, pinned or named */
  PARLEY_E_FLOOD = -22,      /* the server sends more than is kept: an identity waits two minutes, then tries again */
  PARLEY_E_PERMISSION = -23, /* parley_open(): the folder may not be read or written */
  PARLEY_E_FULL = -24,       /* parley_open(): the disk is full */
  PARLEY_E_DAMAGED = -25,    /* parley_open(): the folder's database is damaged, or not Parley's */
  PARLEY_E_NEWER = -26       /* parley_open(): the folder was written by a newer version */
};

/* The name of a result, such as "PARLEY_E_TEXT"; "PARLEY_E_UNKNOWN" for other numbers. Never NULL, never freed. */
const char *parley_error_name(int32_t result);

/* One sentence in English for people. Never NULL, never freed. */
const char *parley_error_text(int32_t result);

/* ------------------------------------------------------------------------------------------------------------------------------
 * Types
 */

typedef struct parley_engine parley_engine;     /* an open folder */
typedef struct parley_event parley_event;       /* what has changed */
typedef struct parley_page parley_page;         /* a list that is yours */
typedef struct parley_identity parley_identity; /* one person on one network */
typedef struct parley_chat parley_chat;         /* a room, a person, a server */
typedef struct parley_message parley_message;   /* a row of a chat */
typedef struct parley_member parley_member;     /* somebody in a room */
typedef struct parley_room parley_room;         /* a row of a server's list of rooms */

typedef int64_t parley_id;      /* of an identity, a chat or a message; 0 is none */
typedef int64_t parley_request; /* what a verb returns: a positive number, or an error */

/* In place of a size: the string ends at its zero byte. */
#define PARLEY_ZERO_ENDED ((size_t)-1)

/* ------------------------------------------------------------------------------------------------------------------------------
 * Events: one callback interface
 */

/* Kinds of events. A subscription names any number of them, added up. */
#define PARLEY_IDENTITY ((uint64_t)1)    /* an identity was added, changed its state, or was removed (then _identity_of is NULL) */
#define PARLEY_CHAT ((uint64_t)2)        /* a chat is new, or its topic, counts, state or settings changed, or it is gone */
#define PARLEY_MESSAGE ((uint64_t)4)     /* somebody else's message, or one of yours from another device, or a row of what happened; in
                                            order, exactly once, also what was said while you were away, as far as the server
                                            keeps it: pages of it are fetched as you dispatch (`catch_up_limit`) */
#define PARLEY_CHANGED ((uint64_t)8)     /* a row has changed: its state, its reactions, its text; or is gone (see _message_state) */
#define PARLEY_HISTORY ((uint64_t)16)    /* older rows came into a chat, or a gap changed: read its history again */
#define PARLEY_MEMBERS ((uint64_t)32)    /* a room's members changed; coalesced: read them again */
#define PARLEY_TYPING ((uint64_t)64)     /* somebody types, or has stopped: _nick and _value (0 stopped, 1 types, 2 paused) */
#define PARLEY_QUEUED ((uint64_t)128)    /* a message of yours is safe on disk: _request and _message */
#define PARLEY_DONE ((uint64_t)256)      /* a request is finished: _request, _result, and what it brought */
#define PARLEY_ASK ((uint64_t)512)       /* the engine needs an answer: see parley_answer() */
#define PARLEY_OVERRUN ((uint64_t)1024)  /* events were dropped because nobody dispatched, or a row could not be read: read everything again */
#define PARLEY_RAW ((uint64_t)2048)      /* a line from a server, in its own words: _text. Never lines with passwords */
#define PARLEY_EVERYTHING (~PARLEY_RAW)  /* all of the above but lines, and all kinds there will be */

typedef void (*parley_callback)(const parley_event *event, void *context);

/* Calls `callback` with `context` for every event of the kinds. Callbacks of one event run in the order of subscription.
 * Returns a subscription's number, for parley_unsubscribe(). Events from before are not repeated.
 * Errors: HANDLE, CLOSED, FORKED; ARGUMENT if the callback is NULL or no kind is named. */
int32_t parley_subscribe(parley_engine *engine, uint64_t kinds, parley_callback callback, void *context);

/* Ends a subscription. Its callback is not called any more once this has returned, except when another thread is just inside it.
 * Errors: HANDLE, CLOSED, FORKED, NO_SUCH. */
int32_t parley_unsubscribe(parley_engine *engine, int32_t subscription);

/* A descriptor that is readable exactly while events wait. Constant for the life of the engine. Only wait for it: never read, write
 * or close it. Errors: HANDLE, FORKED. */
int parley_fd(parley_engine *engine);

/* Calls callbacks for at most `most` waiting events (0: for all that wait now), without waiting for more. Returns how many
 * events it handled. Errors: HANDLE, CLOSED, FORKED, BUSY; ARGUMENT if `most` is negative. */
int32_t parley_dispatch(parley_engine *engine, int32_t most);

/* Waits until there are events, for at most so many milliseconds (0: not at all; -1: without end), then dispatches all of them.
 * Returns how many, 0 after the time. A signal handler of yours ends the wait early, with 0. Errors as parley_dispatch(). */
int32_t parley_wait(parley_engine *engine, int32_t milliseconds);

/* What an event says. Accessors that have nothing to do with its kind return 0 or NULL. */
uint64_t parley_event_kind(const parley_event *event);        /* one of the kinds above */
parley_id parley_event_identity(const parley_event *event);   /* whose event it is */
parley_id parley_event_chat(const parley_event *event);       /* CHAT, MESSAGE, CHANGED, HISTORY, MEMBERS, TYPING, QUEUED, DONE */
parley_request parley_event_request(const parley_event *event); /* QUEUED, DONE, ASK */
int64_t parley_event_tag(const parley_event *event);          /* QUEUED, DONE: the caller's own number: see parley_tag(); 0: none */
int32_t parley_event_result(const parley_event *event);       /* DONE: PARLEY_OK or an error; ASK: why it is asked again, or OK */
int64_t parley_event_value(const parley_event *event);        /* a number that belongs to the kind: TYPING, ASK */
const char *parley_event_nick(const parley_event *event, size_t *size); /* TYPING */
const char *parley_event_code(const parley_event *event, size_t *size); /* DONE with REFUSED: "403", "INVALID_TARGET" … */
const char *parley_event_text(const parley_event *event, size_t *size); /* DONE: the reason or the answer; ASK: what for; RAW: the line */
const parley_message *parley_event_message(const parley_event *event);  /* MESSAGE, CHANGED, QUEUED, DONE of a message */
const parley_chat *parley_event_chat_of(const parley_event *event);     /* the chat itself; NULL if there is none (any more) */
const parley_identity *parley_event_identity_of(const parley_event *event); /* the identity itself; NULL as above */
const parley_page *parley_event_page(const parley_event *event);        /* DONE of parley_rooms(): the rooms. Borrowed */

/* ------------------------------------------------------------------------------------------------------------------------------
 * The engine
 */

enum { PARLEY_LOG_ERROR = 1, PARLEY_LOG_NOTICE = 2, PARLEY_LOG_DEBUG = 3 };

/* Called for each line of the log, on any thread; must not call the library. Lines hold no message text and no passwords. */
typedef void (*parley_logger)(int32_t level, const char *line, void *context);

/* Set everything to zero, then `size` to sizeof(parley_options), then what you need. A newer program's fields that this library does
 * not know have to be zero (ARGUMENT). */
typedef struct parley_options {
  size_t size;             /* sizeof(parley_options) as your program knows it */
  const char *directory;   /* the folder, made (0700) if it is missing; NULL: memory only, gone with the engine */
  const char *client_name; /* who you are, for those who ask with CTCP VERSION, at most 64 bytes; NULL: "Parley" */
  parley_logger logger;    /* NULL: no log */
  void *logger_context;
  int32_t log_level;       /* the least important level that is logged; 0: PARLEY_LOG_NOTICE */
  uint32_t queue_limit;    /* events that may wait before OVERRUN; 0: 65536 */
  uint32_t catch_up_limit; /* the most messages of a chat that are fetched after an absence without parley_backfill(), rounded up to
                              pages of the server; beyond them a gap row stands for the rest. 0: all */
} parley_options;

/* Opens an engine. NULL options: memory only. Identities connect when parley_connect() says so, or by themselves if their key
 * "autoconnect" is "1". On success stores the handle and returns OK; otherwise stores NULL.
 * Errors: ARGUMENT, TEXT, TOO_LONG, MEMORY; of the folder: LOCKED, PERMISSION, FULL, DAMAGED, NEWER, and STORE for any other cause. */
int32_t parley_open(const parley_options *options, parley_engine **engine);

/* Says goodbye on all connections, ends all requests with CANCELLED (their events are not delivered), frees the engine. Messages
 * that are queued stay queued on disk. Waits for the engine's thread, at most about three seconds. Inside a callback it returns
 * OK at once and takes effect after the dispatch. Errors: HANDLE, FORKED; CLOSED if it is being closed already. */
int32_t parley_close(parley_engine *engine);

/* What a host wants to keep beside its messages: a bot its place, a window its layout. Keys of 1 to 64 bytes, values of at most
 * 65,536; a NULL value removes the key. Is on disk when its DONE event comes. Errors: HANDLE, CLOSED, FORKED, ARGUMENT, TEXT,
 * TOO_LONG. */
parley_request parley_set(parley_engine *engine, const char *key, const char *value);

/* Copies a value, cut to `capacity` bytes and always zero-ended if `capacity` is not 0, and returns its whole length in bytes.
 * Sees what was set before, on disk or not. Errors: HANDLE, CLOSED, FORKED; ARGUMENT; NO_SUCH if it is not set. */
int64_t parley_get(parley_engine *engine, const char *key, char *buffer, size_t capacity);

/* Gives the next request that this thread makes with the engine a number of the caller's own, which its QUEUED and DONE events say
 * (parley_event_tag()). Another thread may dispatch a DONE event before the verb has returned the request's number; the tag is
 * known before. The next function of this thread that returns a parley_request uses it up, also one that returns an error. 0: none.
 * Errors: HANDLE, CLOSED, FORKED. */
int32_t parley_tag(parley_engine *engine, int64_t tag);

/* Tells that the machine may have another network or address, or was asleep. Every identity looks at once whether its connection still
 * leads anywhere, and makes a new one if its address is gone or the server does not answer within five seconds; those that wait for
 * their next attempt make it now. Errors: HANDLE, CLOSED, FORKED. */
int32_t parley_network_changed(parley_engine *engine);

/* ------------------------------------------------------------------------------------------------------------------------------
 * Pages: lists that are yours
 */

size_t parley_page_count(const parley_page *page);
const parley_identity *parley_page_identity(const parley_page *page, size_t index); /* NULL for lists of other things, */
const parley_chat *parley_page_chat(const parley_page *page, size_t index);         /* and from the count on */
const parley_message *parley_page_message(const parley_page *page, size_t index);
const parley_member *parley_page_member(const parley_page *page, size_t index);
const parley_room *parley_page_room(const parley_page *page, size_t index);

/* Frees a page and everything that hangs on it. NULL is allowed. Errors: HANDLE for one that is freed, or borrowed. */
int32_t parley_page_free(parley_page *page);

/* ------------------------------------------------------------------------------------------------------------------------------
 * Identities
 */

/* States of an identity's connection. */
enum {
  PARLEY_STATE_OFFLINE = 0,    /* nobody asked it to connect */
  PARLEY_STATE_CONNECTING = 1, /* a connection is being made */
  PARLEY_STATE_SIGNING_IN = 2, /* the connection stands, the server does not know us yet */
  PARLEY_STATE_ONLINE = 3,
  PARLEY_STATE_WAITING = 4,    /* the connection was lost or refused; the next attempt comes at _retry_time */
  PARLEY_STATE_STOPPED = 5     /* needs you: sign-in refused, certificate changed, banned. _result says which */
};

/* Adds an identity; it does not connect yet. `link` says where: ircs://HOST[:PORT][/ROOM][?fp=sha256:HEX] (TLS, port 6697) or
 * irc://HOST[:PORT][/ROOM] (no TLS, port 6667), as servers print it; a bare HOST[:PORT] means ircs. With fp the server must have
 * that certificate. Without, a certificate that an authority of the system vouches for is verified as usual; any other is pinned at the
 * first contact, and a change of it asks (PARLEY_ASK_CERTIFICATE). It asks as well before the first password goes to a server with a
 * certificate that nothing vouches for, and about one that has expired, is not valid yet, or is for another host. Where a network without TLS says
 * that it wants TLS (strict transport security), it is reached by TLS only. The room, if there is one, is joined.
 * The same server and nick again returns the identity there is. Returns the identity's id, valid at once.
 * Errors: HANDLE, CLOSED, FORKED; ARGUMENT for a NULL, a link that is none, or a nick that cannot be one; TEXT, TOO_LONG. */
parley_id parley_identity_add(parley_engine *engine, const char *link, const char *nick);

/* Disconnects an identity and forgets it with all its chats and messages. DONE: OK. Errors: HANDLE, CLOSED, FORKED, NO_SUCH. */
parley_request parley_identity_remove(parley_engine *engine, parley_id identity);

/* Settings. Keys: "nick"; "account" (what to sign in as; "": without an account; default: as nick, once a password is kept);
 * "realname"; "link"; "autoconnect" ("0" or "1"); "sasl" ("auto", "plain", "scram-sha-256", "external", "none"); "certificate"
 * (path of a PEM file with our certificate and key, for EXTERNAL); "pin" (SHA-256 of the server's certificate in hex,
 * "": none); "name" (what to call the network); "password" (at most 600 bytes: goes before the one that is kept until the engine
 * is closed or the server refuses it; never on disk, and cannot be read; "": none); "server-password" (at most 400 bytes: what a
 * server or a bouncer wants before anything else, with PASS; kept on disk, cannot be read, "": none; not sent without TLS to another
 * machine); and any of your own that begins with "x-".
 * They take effect with the next connection, a nick at once; a nick that the server refuses is not kept (DONE: REFUSED). DONE: OK
 * when it is on disk. Errors: HANDLE, CLOSED, FORKED, NO_SUCH (identity or key), ARGUMENT, TEXT, TOO_LONG. */
parley_request parley_identity_set(parley_engine *engine, parley_id identity, const char *key, const char *value);

/* As parley_get(). Passwords cannot be read. */
int64_t parley_identity_get(
    parley_engine *engine, parley_id identity, const char *key, char *buffer, size_t capacity);

/* All identities, or the one. */
int32_t parley_identities(parley_engine *engine, parley_id identity, parley_page **page);

/* Connects and stays connected: after a loss it tries again, first within a second, then less and less often, up to every two
 * minutes, until parley_disconnect(). While waiting, this tries at once. From STOPPED it starts over. There is no request to
 * wait for: PARLEY_IDENTITY events tell. Errors: HANDLE, CLOSED, FORKED, NO_SUCH. */
int32_t parley_connect(parley_engine *engine, parley_id identity);

/* Disconnects, after telling the server the reason (may be NULL), and stays offline. Errors as above, TEXT, TOO_LONG (300). */
int32_t parley_disconnect(parley_engine *engine, parley_id identity, const char *reason);

/* Whether the network, as connected now or last time, can: "accounts" (sign in), "registration" (make an account), "history",
 * "keys" (exactly-once sending), "echo", "replies", "reactions", "typing", "redaction", "editing", "markers" (read markers on the server),
 * "lines" (messages of several lines in one), "ignoring", "search". Returns 1, 0, or an error: HANDLE, CLOSED, FORKED, NO_SUCH. */
int32_t parley_supports(parley_engine *engine, parley_id identity, const char *feature);

/* Makes an account of the current nick, asking for its password (PARLEY_ASK_NEW_PASSWORD), and from then on signs in with it.
 * E-mail may be NULL. DONE: OK; REFUSED; UNSUPPORTED; OFFLINE; LOST. If the server wants the address verified: REFUSED with code
 * VERIFICATION_REQUIRED; then parley_verify() with the code it sent. Errors: HANDLE, CLOSED, FORKED, NO_SUCH, TEXT, OFFLINE,
 * UNSUPPORTED. */
parley_request parley_register(parley_engine *engine, parley_id identity, const char *email);
parley_request parley_verify(parley_engine *engine, parley_id identity, const char *code);

/* Away with a message, back with NULL. Kept across reconnections. DONE: OK. Errors: as above, TOO_LONG (300). */
parley_request parley_away(parley_engine *engine, parley_id identity, const char *message);

/* Asks the server to keep away private messages and invitations of somebody (is_ignored 1), or to let them through again (0): a nick,
 * or a mask such as "*!*@*.example.org". The server keeps it with the account. What is said in rooms is not affected.
 * DONE: OK; REFUSED; LOST. Errors: HANDLE, CLOSED, FORKED, NO_SUCH, ARGUMENT, TEXT, TOO_LONG (200), OFFLINE, UNSUPPORTED. */
parley_request parley_ignore(parley_engine *engine, parley_id identity, const char *nick, int32_t is_ignored);

/* Asks the server whom it keeps away. DONE: OK, and parley_event_text() has them, one a line, nicks or masks. Errors: HANDLE, CLOSED,
 * FORKED, NO_SUCH, OFFLINE, UNSUPPORTED. */
parley_request parley_ignored(parley_engine *engine, parley_id identity);

/* Sends a line as it is: at most 4,096 bytes of tags and 510 others, without its end. The escape hatch for what has no verb. Answers
 * come as PARLEY_RAW events, and for people in the server's chat. DONE: OK when it is written. Errors: HANDLE, CLOSED,
 * FORKED, NO_SUCH, TEXT, TOO_LONG, OFFLINE. */
parley_request parley_raw(parley_engine *engine, parley_id identity, const char *line);

/* What is in an identity. */
parley_id parley_identity_id(const parley_identity *identity);
int32_t parley_identity_state(const parley_identity *identity);       /* PARLEY_STATE_… */
int32_t parley_identity_result(const parley_identity *identity);      /* why it is not online: PARLEY_E_…, or OK */
int64_t parley_identity_retry_time(const parley_identity *identity);  /* WAITING: when the next attempt comes; else 0 */
int64_t parley_identity_pending(const parley_identity *identity);     /* messages that wait to be acknowledged */
/* 1: it has 4,096 chats, which is the most. What others write outside of them comes into the server's chat, which keeps its newest
 * 1,000 rows of up to 4,096 bytes. */
int32_t parley_identity_is_full(const parley_identity *identity);
const char *parley_identity_reason(const parley_identity *identity, size_t *size);  /* the same for people, in the server's words */
const char *parley_identity_nick(const parley_identity *identity, size_t *size);    /* as it is now, or was */
const char *parley_identity_account(const parley_identity *identity, size_t *size); /* signed in as; NULL: not signed in */
const char *parley_identity_network(const parley_identity *identity, size_t *size); /* a name for people: setting, or server's */
const char *parley_identity_host(const parley_identity *identity, size_t *size);    /* the server's host */

/* ------------------------------------------------------------------------------------------------------------------------------
 * Questions
 */

/* What parley_event_value() of an ASK event says. parley_event_text() says for which account or certificate, and
 * parley_event_result() is SIGN_IN if the last answer was wrong. */
enum {
  PARLEY_ASK_PASSWORD = 1,     /* the account's password */
  PARLEY_ASK_NEW_PASSWORD = 2, /* a password for a new account */
  PARLEY_ASK_CERTIFICATE = 3,  /* the server shows another certificate than the one known: _text is "OLD NEW", SHA-256 in hex. OLD is
                                  "-" where NEW is no other one: nothing vouches for it, and a password would be sent; or it has
                                  expired, is not valid yet, or is for another host: parley_identity_reason() says which.
                                  Answer "trust" to accept NEW. Ask a person, loudly */
  PARLEY_ASK_SERVER_PASSWORD = 4 /* what the server or the bouncer wants before anything else (PARLEY_STATE_STOPPED with SIGN_IN);
                                  an answer connects again. At most 400 bytes, kept as if set with "server-password" */
};

enum {
  PARLEY_KEEP_NOTHING = 0, /* use the answer once; asks again at the next connection */
  PARLEY_KEEP_MEMORY = 1,  /* until the engine is closed */
  PARLEY_KEEP_DISK = 2     /* in the engine's folder, readable by its owner only */
};

/* Answers a question, by the request of its ASK event. NULL: no answer; what needed it is given up (PARLEY_STATE_STOPPED).
 * An unanswered question simply waits. Values have one line of at most 600 bytes. A password is kept once the server has accepted it.
 * A kept one that the server refuses stays: it is tried twice more, with pauses (PARLEY_STATE_WAITING), because services that fail
 * refuse right passwords too; then it is asked for again.
 * Errors: HANDLE, CLOSED, FORKED, ARGUMENT, TEXT, TOO_LONG; STATE if nothing of that number is asked (any more). */
int32_t parley_answer(parley_engine *engine, parley_request question, const char *value, size_t size, int32_t keep);

/* ------------------------------------------------------------------------------------------------------------------------------
 * Chats
 */

enum {
  PARLEY_ROOM = 1,   /* many people; has members */
  PARLEY_PERSON = 2, /* one other person */
  PARLEY_SERVER = 3  /* the server's own notices; one for each identity */
};

/* All chats of an identity, or of all (0), the last active first. The one chat: parley_chat_page(). Errors: HANDLE, CLOSED, FORKED,
 * NO_SUCH, ARGUMENT. */
int32_t parley_chats(parley_engine *engine, parley_id identity, parley_page **page);
int32_t parley_chat_page(parley_engine *engine, parley_id chat, parley_page **page);

/* The chat with that name, made if there is none: a room if the name begins as rooms do, else a person. Joins nothing, tells
 * nobody. Returns the chat's id, valid at once. Errors: HANDLE, CLOSED, FORKED, NO_SUCH, ARGUMENT, TEXT, TOO_LONG. */
parley_id parley_chat_open(parley_engine *engine, parley_id identity, const char *name);

/* Forgets a chat and its messages here; leaves a room first. DONE: OK. Errors: HANDLE, CLOSED, FORKED, NO_SUCH. */
parley_request parley_chat_remove(parley_engine *engine, parley_id chat);

/* Settings: "draft", "pinned", "muted" ("0" or "1"), and any of your own that begins with "x-". As parley_set() and parley_get(). */
parley_request parley_chat_set(parley_engine *engine, parley_id chat, const char *key, const char *value);
int64_t parley_chat_get(parley_engine *engine, parley_id chat, const char *key, char *buffer, size_t capacity);

/* Joins a room, now or as soon as there is a connection, and again after every reconnection until parley_leave(). `key` may be NULL.
 * DONE, with its chat: OK when we are in it; REFUSED (a ban, a missing invitation …). What was said before comes after that:
 * parley_chat_current() says, and a CHAT event tells, when it is all here. Errors: HANDLE, CLOSED, FORKED, NO_SUCH,
 * ARGUMENT, TEXT, TOO_LONG. */
parley_request parley_join(parley_engine *engine, parley_id identity, const char *room, const char *key);

/* Leaves a room; chat and messages stay. Without a connection, or if it is lost meanwhile, a server that keeps us in our rooms is
 * told as soon as there is one. DONE: OK; LOST. Errors as above, and ARGUMENT if it is no room. */
parley_request parley_leave(parley_engine *engine, parley_id chat, const char *reason);

/* Sets a room's topic; "" for none. DONE: OK; REFUSED; LOST. Errors: as above, OFFLINE. */
parley_request parley_topic(parley_engine *engine, parley_id chat, const char *topic);

/* Invites to a room, or removes from it. DONE: OK; REFUSED; LOST. Errors: as above, OFFLINE. */
parley_request parley_invite(parley_engine *engine, parley_id chat, const char *nick);
parley_request parley_kick(parley_engine *engine, parley_id chat, const char *nick, const char *reason);

/* Asks the server for its rooms whose name or topic matches (a part of it, or NULL for all), at most 5,000. DONE with a page of
 * rooms, the largest first. Errors: HANDLE, CLOSED, FORKED, NO_SUCH, TEXT, OFFLINE. */
parley_request parley_rooms(parley_engine *engine, parley_id identity, const char *pattern);

/* A room's members as last known, by role, then by nick. Of a person or server: none. Errors: HANDLE, CLOSED, FORKED, NO_SUCH,
 * ARGUMENT. */
int32_t parley_members(parley_engine *engine, parley_id chat, parley_page **page);

/* Tells that one types (1), has paused (2) or stopped (0); call it as often as you like. Sends nothing where it is not supported.
 * Errors: HANDLE, CLOSED, FORKED, NO_SUCH, ARGUMENT. */
int32_t parley_typing(parley_engine *engine, parley_id chat, int32_t state);

/* What is in a chat. */
parley_id parley_chat_id(const parley_chat *chat);
parley_id parley_chat_identity(const parley_chat *chat);
int32_t parley_chat_kind(const parley_chat *chat);            /* PARLEY_ROOM … */
int32_t parley_chat_joined(const parley_chat *chat);          /* 1: we are in the room, or the person can be written to now */
int32_t parley_chat_wanted(const parley_chat *chat);          /* 1: joined whenever there is a connection */
int32_t parley_chat_current(const parley_chat *chat);         /* 1: connected, and what was said meanwhile is here */
int64_t parley_chat_unread(const parley_chat *chat);          /* messages of others after the read marker */
int64_t parley_chat_mentions(const parley_chat *chat);        /* of those, the ones that name us; for a person, all */
int64_t parley_chat_member_count(const parley_chat *chat);
parley_id parley_chat_marker(const parley_chat *chat);        /* the last message that was read; 0: none */
parley_id parley_chat_last(const parley_chat *chat);          /* its newest message; 0: none */
int64_t parley_chat_last_time(const parley_chat *chat);       /* and its time */
const char *parley_chat_name(const parley_chat *chat, size_t *size);
const char *parley_chat_topic(const parley_chat *chat, size_t *size);
const char *parley_chat_last_nick(const parley_chat *chat, size_t *size); /* who wrote the newest message */
const char *parley_chat_last_text(const parley_chat *chat, size_t *size); /* its text, at most 200 bytes of it */

/* What is in a member. */
const char *parley_member_nick(const parley_member *member, size_t *size);
const char *parley_member_account(const parley_member *member, size_t *size); /* NULL: none, or not known */
const char *parley_member_roles(const parley_member *member, size_t *size);   /* prefixes, highest first: "@+"; "" */
int32_t parley_member_away(const parley_member *member);                      /* 1: away */

/* What is in a row of a server's list of rooms. */
const char *parley_room_name(const parley_room *room, size_t *size);
const char *parley_room_topic(const parley_room *room, size_t *size);
int64_t parley_room_member_count(const parley_room *room);

/* ------------------------------------------------------------------------------------------------------------------------------
 * Messages
 */

/* Kinds of rows. */
enum {
  PARLEY_TEXT = 1,    /* somebody said it */
  PARLEY_NOTICE = 2,  /* the same, by a program; never answer one automatically */
  PARLEY_ACTION = 3,  /* "/me waves": the text is "waves" */
  PARLEY_JOINED = 16, /* _nick came in */
  PARLEY_LEFT = 17,   /* _nick left, by itself or with its connection; _text is the reason */
  PARLEY_KICKED = 18, /* _nick removed _target; _text is the reason */
  PARLEY_RENAMED = 19, /* _nick is now _target */
  PARLEY_TOPIC = 20,  /* _nick set the topic to _text */
  PARLEY_MODE = 21,   /* _nick changed modes: _text is "+o bob" */
  PARLEY_INVITED = 22, /* _nick invited _target, perhaps you */
  PARLEY_INFO = 23,   /* the server says _text; in the server's chat */
  PARLEY_GAP = 32     /* messages are missing here: parley_backfill(); _message_state is FAILED if nobody can get them */
};

/* States of rows. */
enum {
  PARLEY_SENT = 0,    /* it is said: on the server, or somebody else's */
  PARLEY_PENDING = 1, /* ours, safe on disk here, not acknowledged yet */
  PARLEY_FAILED = 2,  /* ours, and will not be sent: _result and _reason say why; parley_resend() or parley_discard() */
  PARLEY_REMOVED = 3, /* redacted: the text is gone, _reason says why, _target by whom */
  PARLEY_GONE = 4     /* in a CHANGED event only: the row is not there any more */
};

/* More about a message that is sent. Set everything to zero, then `size`, then what you need. */
typedef struct parley_send_options {
  size_t size;       /* sizeof(parley_send_options) */
  int32_t kind;      /* PARLEY_TEXT (or 0), PARLEY_NOTICE, PARLEY_ACTION */
  parley_id reply_to; /* the message this answers; 0: none */
  int64_t tag;        /* the caller's own number for the request, in place of parley_tag(); 0: none */
} parley_send_options;

/* Sends a message of 1 to 65,536 bytes, of any number of lines, none of which begins with 0x01 (TEXT). Where the network takes them
 * ("lines"), its lines stay together; elsewhere, or if the text is longer than the network allows, it becomes several messages, cut at
 * line ends and between words, and empty lines are dropped. Works offline: it waits in the outbox. Events: one QUEUED for each message once it is on disk; CHANGED for what becomes of each; one DONE, with
 * the last message, when all are acknowledged, or the first has failed. Messages to a chat are sent in the order of the calls.
 * DONE: OK; REFUSED; UNCERTAIN; STORE; CANCELLED. NULL options: plain text.
 * Errors: HANDLE, CLOSED, FORKED, NO_SUCH, ARGUMENT, TEXT, TOO_LONG; STATE in a server's chat. */
parley_request parley_send(
    parley_engine *engine, parley_id chat, const char *text, size_t size, const parley_send_options *options);

/* Tries a FAILED message again, as a new attempt at its old place in the outbox's end; or drops it. DONE as parley_send(); OK.
 * Errors: HANDLE, CLOSED, FORKED, NO_SUCH; STATE unless it failed (a PENDING one may be discarded as long as it was not sent). */
parley_request parley_resend(parley_engine *engine, parley_id message);
parley_request parley_discard(parley_engine *engine, parley_id message);

/* Adds a reaction (1 to 64 bytes, usually an emoji) to a message, or takes it back. DONE: OK; REFUSED; LOST.
 * Errors: HANDLE, CLOSED, FORKED, NO_SUCH, ARGUMENT, TEXT, TOO_LONG, OFFLINE, UNSUPPORTED. */
parley_request parley_react(parley_engine *engine, parley_id message, const char *reaction);
parley_request parley_unreact(parley_engine *engine, parley_id message, const char *reaction);

/* Removes a message for everybody: one's own, or any as a moderator. DONE: OK; REFUSED; LOST. Errors: as above. */
parley_request parley_redact(parley_engine *engine, parley_id message, const char *reason);

/* Gives a message of one's own another text, of one line (1 to 400 bytes). DONE: OK; REFUSED; LOST. Errors: as above; STATE unless it
 * is one's own, sent, and text or a notice. */
parley_request parley_edit(parley_engine *engine, parley_id message, const char *text, size_t size);

/* Marks everything up to a message as read, here and, where markers are supported, on one's other devices. Never moves back.
 * Errors: HANDLE, CLOSED, FORKED, NO_SUCH. */
int32_t parley_read(parley_engine *engine, parley_id message);

/* Rows of a chat in their order, from disk: up to `before` rows that lie before the anchor, the anchor itself, and up to `after`
 * rows behind it. Anchor 0 is the end: parley_history(engine, chat, 0, 50, 0, &page) gives the newest fifty. At most 1,000 each.
 * Never asks the server: gaps are rows of the kind PARLEY_GAP.
 * Errors: HANDLE, CLOSED, FORKED, NO_SUCH (chat, or the anchor is not in it), ARGUMENT, STORE. */
int32_t parley_history(
    parley_engine *engine, parley_id chat, parley_id anchor, int32_t before, int32_t after, parley_page **page);

/* Messages of all chats (0) or one in the order in which they arrived here, from behind the one given (0: from the first), at most
 * `limit` (1 to 1,000), our own and rows of what happened included; pending ones, gaps, and what was said before (what the first
 * contact and parley_backfill() brought) not: what PARLEY_MESSAGE tells, and our own. A bot that keeps the id of the last message
 * it has dealt with, by parley_set(), misses none, and none comes twice, whatever ends.
 * Errors: HANDLE, CLOSED, FORKED, NO_SUCH (chat), ARGUMENT, STORE. */
int32_t parley_arrivals(parley_engine *engine, parley_id chat, parley_id after, int32_t limit, parley_page **page);

/* One message. Errors: HANDLE, CLOSED, FORKED, NO_SUCH, ARGUMENT, STORE. */
int32_t parley_message_page(parley_engine *engine, parley_id message, parley_page **page);

/* Asks the server for messages of a gap, its newest end first. DONE: OK when some came, or the gap turned out empty and is gone
 * (HISTORY comes before); REFUSED; TIMEOUT; LOST. Errors: HANDLE, CLOSED, FORKED, NO_SUCH; ARGUMENT unless it is a gap; OFFLINE;
 * UNSUPPORTED. */
parley_request parley_backfill(parley_engine *engine, parley_id gap);

/* Messages in this engine with all the words, of all chats (0) or one, the newest first, from before the one given (0: from the
 * newest), at most `limit` (1 to 1,000). Words match by their beginnings, without regard to case and accents; "quoted words"
 * match as a phrase; of Chinese, Japanese, Korean, Thai and other scripts without spaces, any part of a sentence matches. from:nick,
 * before:2026-01-31 and after:2026-01-31 restrict, also without words. Days are those of the machine's time zone: this function calls
 * mktime(), which reads the environment variable TZ.
 * Errors: HANDLE, CLOSED, FORKED, NO_SUCH (chat), ARGUMENT (neither words nor a restriction, or a day that is none), TEXT, TOO_LONG
 * (1,000), STORE. */
int32_t parley_search(
    parley_engine *engine, parley_id chat, const char *query, parley_id before, int32_t limit, parley_page **page);

/* What is in a row. */
parley_id parley_message_id(const parley_message *message);       /* permanent, from the moment it is queued */
parley_id parley_message_chat(const parley_message *message);
int32_t parley_message_kind(const parley_message *message);       /* PARLEY_TEXT … */
int32_t parley_message_state(const parley_message *message);      /* PARLEY_SENT … */
int32_t parley_message_result(const parley_message *message);     /* FAILED: why; else OK */
int32_t parley_message_is_own(const parley_message *message);     /* 1: written by this identity, on any device */
int32_t parley_message_is_mention(const parley_message *message); /* 1: names us, and is not ours */
int32_t parley_message_is_edited(const parley_message *message);  /* 1: the text is not the first one */
int32_t parley_message_is_lost(const parley_message *message);    /* 1: the server was restored from an older copy without it */
int64_t parley_message_time(const parley_message *message);       /* by the server's clock; while pending by ours */
int64_t parley_message_sequence(const parley_message *message);   /* the server's number in this conversation; 0: it has none */
parley_id parley_message_reply_to(const parley_message *message); /* the message it answers, if it is here; 0 */
const char *parley_message_text(const parley_message *message, size_t *size); /* what was said; "" where there is none */
const char *parley_message_nick(const parley_message *message, size_t *size); /* who said or did it */
const char *parley_message_account(const parley_message *message, size_t *size); /* and the account; NULL: none or not known */
const char *parley_message_target(const parley_message *message, size_t *size); /* KICKED, RENAMED, INVITED, REMOVED; else NULL */
const char *parley_message_reason(const parley_message *message, size_t *size); /* FAILED, REMOVED: why, for people; else NULL */
const char *parley_message_network_id(const parley_message *message, size_t *size); /* the server's msgid; NULL: it has none */
const char *parley_message_reply_network_id(const parley_message *message, size_t *size); /* of what it answers; NULL: nothing */

/* Reactions to a message: how many different ones, and of each, counted from 0, its text, how many people, and whether we did. */
size_t parley_message_reaction_count(const parley_message *message);
const char *parley_message_reaction(const parley_message *message, size_t index, size_t *size);
int64_t parley_message_reaction_people(const parley_message *message, size_t index);
int32_t parley_message_reaction_is_own(const parley_message *message, size_t index);

#ifdef __cplusplus
}
#endif

#endif
