/*
 * embed_poll: a program with an event loop of its own, and a chat in it. What is typed is said in a room; what is said there is
 * printed; a clock ticks beside it.
 *
 *   cc embed_poll.c -o embed_poll $(pkg-config --cflags --libs parley)
 *   echo 'Hello, all.' | ./embed_poll irc://127.0.0.1 guest '#lobby'
 *
 * The idea: the library is one descriptor among the others. Nothing here runs on another thread, nothing blocks.
 * At the end of the input it stays until everything is said.
 */
#define _POSIX_C_SOURCE 200809L
#include "ask.h"

#include <poll.h>
#include <time.h>

static parley_id chat;
static parley_request joining;
static int unfinished; /* messages without a DONE */
static int has_failed;

/* Text from the network may hold anything: what a terminal would obey is shown as a question mark. */
static void show(const char *text) {
  for (const unsigned char *byte = (const unsigned char *)text; *byte; byte++) {
    if (*byte == 0xC2 && byte[1] >= 0x80 && byte[1] < 0xA0) byte++, putchar('?');
    else putchar(*byte < 0x20 || *byte == 0x7F ? '?' : *byte);
  }
}

static void on_event(const parley_event *event, void *context) {
  const parley_message *message = parley_event_message(event);
  const parley_identity *identity = parley_event_identity_of(event);
  (void)context;
  switch (parley_event_kind(event)) {
  case PARLEY_MESSAGE:
    if (parley_message_kind(message) > PARLEY_ACTION) break;
    fputc('<', stdout), show(parley_message_nick(message, NULL)), fputs("> ", stdout);
    show(parley_message_text(message, NULL)), fputc('\n', stdout);
    fflush(stdout);
    break;
  case PARLEY_DONE:
    if (parley_event_result(event) != PARLEY_OK)
      has_failed = ask_fail(parley_event_request(event) == joining ? "not joined" : "not said", parley_event_result(event));
    if (parley_event_request(event) == joining) break;
    if (parley_event_chat(event) == chat) unfinished--;
    else if (has_failed) unfinished = 0; /* Something else, such as a full disk: there is no use in waiting. */
    break;
  case PARLEY_IDENTITY:
    if (parley_identity_state(identity) == PARLEY_STATE_STOPPED) {
      has_failed = ask_fail("stopped", parley_identity_result(identity));
      unfinished = 0;
    }
    break;
  default: /* There will be more kinds. */
    break;
  }
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Says each complete line of the input. Returns 0 at its end. */
static int read_input(parley_engine *engine) {
  static char line[8192];
  static size_t used;
  ssize_t count = read(STDIN_FILENO, line + used, sizeof line - used);
  if (count > 0) used += (size_t)count;
  for (;;) {
    char *end = memchr(line, '\n', used);
    size_t size = end ? (size_t)(end - line) : used;
    if (end == NULL && used < sizeof line && count > 0) return 1;
    if (size > 0) {
      parley_request request = parley_send(engine, chat, line, size, NULL);
      if (request > 0) unfinished++;
      else has_failed = ask_fail("not said", request);
    }
    size_t taken = end ? size + 1 : size;
    memmove(line, line + taken, used - taken);
    used -= taken;
    if (used == 0) return count > 0;
  }
}

int main(int count, char **arguments) {
  if (count != 4) {
    fputs("usage: [PARLEY_PASSWORD=…] embed_poll LINK NICK ROOM\n", stderr);
    return 2;
  }
  parley_engine *engine;
  int32_t result = parley_open(NULL, &engine);
  if (result != PARLEY_OK) return ask_fail("open", result);
  parley_subscribe(engine, PARLEY_ASK, ask_answer, engine);
  parley_subscribe(engine, PARLEY_EVERYTHING & ~PARLEY_ASK, on_event, NULL);
  parley_id identity = ask_connect(engine, arguments[1], arguments[2]);
  if (identity < 0) return ask_fail(arguments[1], identity);
  chat = parley_chat_open(engine, identity, arguments[3]);
  if (chat < 0) return ask_fail(arguments[3], chat);
  joining = parley_join(engine, identity, arguments[3], NULL);

  int has_input = 1;
  int64_t tick = now() + 10000;
  while (has_input || unfinished > 0) {
    /* poll() passes over descriptors below zero. */
    struct pollfd waiting[2] = {{has_input ? STDIN_FILENO : -1, POLLIN, 0}, {parley_fd(engine), POLLIN, 0}};
    int64_t left = tick - now();
    if (poll(waiting, 2, left > 0 ? (int)left : 0) < 0) break;
    if (waiting[0].revents) has_input = read_input(engine);
    if (waiting[1].revents) parley_dispatch(engine, 100);
    if (now() >= tick) {
      fprintf(stderr, "(a clock of the host's own; %d not acknowledged)\n", unfinished);
      tick = now() + 10000;
    }
  }
  parley_close(engine);
  return has_failed;
}
