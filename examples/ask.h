/*
 * What the examples share: signing in, and answering what the engine asks.
 *
 * A password comes from the environment variable PARLEY_PASSWORD, or from the terminal. It is kept in memory only: a bot that is
 * started again gets it again. The library itself never looks at the environment.
 */
#ifndef EXAMPLES_ASK_H
#define EXAMPLES_ASK_H

#include <parley.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* Reads a line from the terminal without showing it. NULL: there is no terminal, or nothing was typed. */
static const char *ask_terminal(const char *prompt, char *line, int capacity) {
  struct termios before, silent;
  if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before) != 0) return NULL;
  silent = before;
  silent.c_lflag &= ~(tcflag_t)ECHO;
  fprintf(stderr, "%s: ", prompt);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  char *read = fgets(line, capacity, stdin);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  fputc('\n', stderr);
  if (read == NULL) return NULL;
  line[strcspn(line, "\r\n")] = 0;
  return line[0] ? line : NULL;
}

/* A callback for PARLEY_ASK; its context is the engine. */
static void ask_answer(const parley_event *event, void *context) {
  parley_engine *engine = context;
  parley_request question = parley_event_request(event);
  const char *about = parley_event_text(event, NULL);
  int is_repeated = parley_event_result(event) == PARLEY_E_SIGN_IN;
  char typed[601], prompt[300];

  switch (parley_event_value(event)) {
  case PARLEY_ASK_PASSWORD:
  case PARLEY_ASK_NEW_PASSWORD: {
    /* What the environment says does not get better by repeating it. */
    const char *password = is_repeated ? NULL : getenv("PARLEY_PASSWORD");
    snprintf(prompt, sizeof prompt, "%sPassword of %s", is_repeated ? "That was wrong. " : "", about ? about : "the account");
    if (password == NULL) password = ask_terminal(prompt, typed, sizeof typed);
    if (password == NULL) fputs("There is no password: set PARLEY_PASSWORD.\n", stderr);
    parley_answer(engine, question, password, PARLEY_ZERO_ENDED, PARLEY_KEEP_MEMORY);
    memset(typed, 0, sizeof typed);
    break;
  }
  case PARLEY_ASK_CERTIFICATE:
    /* A person has to decide that, and none may be here. */
    fprintf(stderr, "THE SERVER SHOWS ANOTHER CERTIFICATE THAN BEFORE, OR ONE THAT IS NOT KNOWN (old or -, new):\n%s\nNot connecting.\n", about ? about : "");
    parley_answer(engine, question, NULL, 0, PARLEY_KEEP_NOTHING);
    break;
  default: /* A question of a later version: left open. */
    break;
  }
}

/* Adds an identity, with its nick as its account if there is a password for it, and connects it. Returns its id, or an error. */
static parley_id ask_connect(parley_engine *engine, const char *link, const char *nick) {
  parley_id identity = parley_identity_add(engine, link, nick);
  if (identity <= 0) return identity;
  if (getenv("PARLEY_PASSWORD") != NULL) parley_identity_set(engine, identity, "account", nick);
  int32_t result = parley_connect(engine, identity);
  return result == PARLEY_OK ? identity : result;
}

/* Says what has failed, and returns 1 for main() to return. */
static int ask_fail(const char *what, int64_t result) {
  fprintf(stderr, "%s: %s (%s)\n", what, parley_error_text((int32_t)result), parley_error_name((int32_t)result));
  return 1;
}

#endif
