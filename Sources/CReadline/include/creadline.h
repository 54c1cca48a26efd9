/*
 * What the terminal client needs of GNU readline, and of the terminal below it, in a shape that Swift can call: readline's hooks are
 * global variables that hold function pointers without a context; here they are one table with one context.
 *
 * One line is edited at a time, on one thread. Text is in the encoding of the locale.
 *
 * GNU readline is licensed under the GPL, version 3 or later. So is a program that links this module.
 */
#ifndef CREADLINE_H
#define CREADLINE_H

#include <stddef.h>
#include <stdint.h>

/* Called from inside creadline_read(), on its thread. Strings are borrowed until the function returns. */
typedef struct creadline_handlers {
  void *context;
  void (*line)(void *context, const char *line);                /* Enter; NULL: the input has ended */
  void (*key)(void *context, int key);                          /* '1' … '9' and 'a' with Alt; CREADLINE_KEY_CLEAR */
  void (*complete)(void *context, const char *line, int start, int end); /* call creadline_offer() for each candidate */
} creadline_handlers;

enum { CREADLINE_KEY_CLEAR = 12 }; /* Ctrl+L */

/* Sets readline up for the terminal and shows the prompt. Returns 0, or -1 without a terminal. */
int creadline_start(const char *prompt, const creadline_handlers *handlers);

/* Gives the terminal back as it was. */
void creadline_stop(void);

/* Reads what has been typed. Call it when standard input is readable. */
void creadline_read(void);

/* Takes the line that is being edited off the screen, and puts it back below what was written meanwhile. */
void creadline_hide_line(void);
void creadline_show_line(void);

/* What stands before the line. Call creadline_show_line() afterwards, except inside the `line` handler: readline shows the next line
   by itself when that returns. */
void creadline_set_prompt(const char *prompt);

/* Writes to the terminal in order with what readline writes. */
void creadline_write(const char *bytes, size_t size);

/* The text that is being edited: reading it, replacing it (inside the `line` handler: what the next line begins with), its size. */
const char *creadline_line(void);
void creadline_set_line(const char *text);
int creadline_line_size(void);

/* How many bytes of it stand before the cursor. */
int creadline_point(void);

/* 1: shows the prompt but nothing that is typed, has only the keys that a password needs, and wipes the text afterwards. Nothing of it
   can be got back by a key. */
void creadline_set_secret(int secret);

/* Forgets what was cut with Ctrl+U, Ctrl+W and the like. Inside the `line` handler only. */
void creadline_forget_cut(void);

/* 1: a line is being edited in the plain way; 0: a search is under way, whose prompt is readline's own. */
int creadline_is_plain(void);

/* After the size of the terminal has changed: takes the new one and writes nothing. The screen is the caller's to write, and after
   that creadline_show_line(). */
void creadline_resize(void);
void creadline_window(int *rows, int *columns);

/* Wipes the screen but for the line. */
void creadline_clear_screen(void);

/* Ends a search that is under way, without taking what it found. */
void creadline_cancel_search(void);

/* A candidate for completion, the best first. Only inside the `complete` handler. */
void creadline_offer(const char *candidate);

/* What the arrow keys and Ctrl+R find. */
void creadline_history_clear(void);
void creadline_history_add(const char *line);

/* Stops the program like the shell's Ctrl+Z does, and comes back with the line redrawn. */
void creadline_suspend(void);

/*
 * Signals as bytes: each of SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP and SIGWINCH is a byte of that value to be read from the
 * descriptor that is returned, or -1. They are blocked until creadline_signals_begin(): threads that are started in between leave them
 * to this one, which so hears of Ctrl+C before it reads what was typed after it. A script has the first three of them, unless they are
 * ignored already, and a second one ends it at once. SIGPIPE is ignored.
 */
int creadline_signals(int is_script);
void creadline_signals_begin(void);

/* Reads one line of at most `capacity` - 1 bytes from the terminal itself without echo. Returns its size, or -1. */
long creadline_ask_secret(const char *prompt, char *buffer, size_t capacity);

/* Takes the locale of the environment. Without one, with C or POSIX, which say nothing about the terminal, and with one that this
   computer does not have, text is UTF-8, unless the locale's name says another encoding. Call it before anything else. */
void creadline_set_up_locale(void);
int creadline_is_utf8(void);

/*
 * Turns UTF-8 into the locale's encoding, or back. What cannot be said in the locale's becomes something like it, or '?'. Returns the
 * number of bytes written, at most `capacity`; -1 if the locale's bytes are no text in it: what somebody typed is refused rather than
 * rewritten.
 */
long creadline_convert(
    const unsigned char *bytes, size_t size, unsigned char *result, size_t capacity, int from_utf8);

/* Opens what is closed of the descriptors 0, 1 and 2, so that no file or connection gets one of these numbers, and text that is meant for
   standard output does not go there. */
void creadline_fill_descriptors(void);

/* A socket in a folder, by which a program that has the folder open serves others of the same user: listens there, in place of a socket
   that an earlier program has left; connects to it; takes the next connection without waiting. Each returns a descriptor, or -1. */
int creadline_listen(const char *directory, const char *name);
int creadline_dial(const char *directory, const char *name);
int creadline_accept(int listener);

/* A pipe that neither end waits for. Returns 0, or -1. */
int creadline_pair(int descriptors[2]);

#endif
