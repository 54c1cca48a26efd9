/*
 * host: an engine that does what lines on standard input say, and prints a line for each event and each answer.
 *
 *   PARLEY_PASSWORD=secret ./host FOLDER
 *
 * Words of commands are separated by spaces; the last may hold some. Fields of what it prints are separated by tabs. It has at most
 * one identity at a time. Killed at any moment, it has printed nothing that is not on disk.
 */
#define _POSIX_C_SOURCE 200809L
#include <parley.h>

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static parley_engine *engine;
static parley_id identity;

static const char *shown(const char *text) { return text ? text : ""; }

/* ---- what it prints ---------------------------------------------------------------------------------------------------------- */

static void print_row(const char *word, const parley_message *row, const parley_chat *chat) {
  printf("%s\t%" PRId64 "\t%d\t%d\t%d\t%d\t%" PRId64 "\t%s\t%s\t%s\t%s\t%d\n", word, parley_message_id(row),
         (int)parley_message_kind(row), (int)parley_message_state(row), (int)parley_message_result(row),
         (int)parley_message_is_own(row), parley_message_sequence(row), shown(parley_message_network_id(row, NULL)),
         shown(parley_message_nick(row, NULL)), shown(parley_chat_name(chat, NULL)), shown(parley_message_text(row, NULL)),
         (int)parley_message_is_lost(row));
}

/* An identity's events tell of other things, too: only another state or nick is printed. */
static void print_state(const parley_identity *who) {
  static int32_t last_state = -1;
  static char last_nick[100];
  struct timespec now;
  const char *nick = shown(parley_identity_nick(who, NULL));
  if (who == NULL || (parley_identity_state(who) == last_state && strcmp(nick, last_nick) == 0)) return;
  last_state = parley_identity_state(who);
  snprintf(last_nick, sizeof last_nick, "%s", nick);
  clock_gettime(CLOCK_MONOTONIC, &now);
  printf("STATE\t%" PRId64 "\t%d\t%d\t%s\t%s\n", (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, (int)last_state,
         (int)parley_identity_result(who), nick, shown(parley_identity_reason(who, NULL)));
}

static void on_event(const parley_event *event, void *context) {
  const char *password = context;
  const parley_chat *chat = parley_event_chat_of(event);
  uint64_t kind = parley_event_kind(event);
  if (kind == PARLEY_IDENTITY) print_state(parley_event_identity_of(event));
  if (kind == PARLEY_MESSAGE) print_row("MESSAGE", parley_event_message(event), chat);
  if (kind == PARLEY_CHANGED) print_row("CHANGED", parley_event_message(event), chat);
  if (kind == PARLEY_QUEUED) print_row("QUEUED", parley_event_message(event), chat);
  if (kind == PARLEY_CHAT && chat != NULL)
    printf("CHAT\t%s\t%d\t%s\n", parley_chat_name(chat, NULL), (int)parley_chat_joined(chat),
           shown(parley_chat_topic(chat, NULL)));
  if (kind == PARLEY_DONE)
    printf("DONE\t%" PRId64 "\t%d\t%s\n", parley_event_request(event), (int)parley_event_result(event),
           shown(parley_event_text(event, NULL)));
  if (kind == PARLEY_OVERRUN) puts("OVERRUN");
  if (kind == PARLEY_ASK) /* A password that was wrong does not get better. */
    parley_answer(engine, parley_event_request(event), parley_event_result(event) == PARLEY_OK ? password : NULL,
                  PARLEY_ZERO_ENDED, PARLEY_KEEP_MEMORY);
}

/* Prints rows and frees their page. Returns how many there were, and the last one's id. */
static size_t print_page(parley_page *page, parley_id *last) {
  size_t count = parley_page_count(page);
  for (size_t index = 0; index < count; index++) {
    print_row("ROW", parley_page_message(page, index), NULL);
    *last = parley_message_id(parley_page_message(page, index));
  }
  parley_page_free(page);
  return count;
}

/* All rows of a chat, the oldest first. */
static void print_history(parley_id chat) {
  parley_page *page;
  parley_id anchor = 0, last;
  /* Up to the oldest, page by page. */
  while (parley_history(engine, chat, anchor, 1000, 0, &page) == PARLEY_OK) {
    parley_id first = parley_message_id(parley_page_message(page, 0));
    parley_page_free(page);
    if (first == anchor || first == 0) break;
    anchor = first;
  }
  last = anchor;
  if (anchor != 0 && parley_message_page(engine, anchor, &page) == PARLEY_OK) print_page(page, &last);
  while (anchor != 0 && parley_history(engine, chat, anchor, 0, 1000, &page) == PARLEY_OK) {
    for (size_t index = 1; index < parley_page_count(page); index++) {
      print_row("ROW", parley_page_message(page, index), NULL);
      last = parley_message_id(parley_page_message(page, index));
    }
    parley_page_free(page);
    if (last == anchor) break;
    anchor = last;
  }
  puts("END");
}

/* What has arrived in a chat behind a message. */
static void print_arrivals(parley_id chat, parley_id after) {
  parley_page *page;
  while (parley_arrivals(engine, chat, after, 1000, &page) == PARLEY_OK)
    if (print_page(page, &after) < 1000) break;
  puts("END");
}

/* The chat of that name. */
static parley_id chat(const char *name) { return parley_chat_open(engine, identity, name); }

/* ---- what it does ------------------------------------------------------------------------------------------------------------ */

static void add_identity(const char *link, const char *nick, const char *password) {
  identity = parley_identity_add(engine, link, nick);
  if (identity > 0 && password != NULL) parley_identity_set(engine, identity, "account", nick);
}

/* Does one command. Returns 0 for the last. */
static int obey(char *line, const char *password) {
  const char *command = strtok(line, " "), *first = strtok(NULL, " "), *rest = strtok(NULL, "");
  int64_t result = PARLEY_OK;
  if (command == NULL || strcmp(command, "quit") == 0) return 0;
  if (strcmp(command, "identity") == 0) {
    add_identity(first, rest, password);
    result = identity;
  } else if (strcmp(command, "forget") == 0) {
    result = parley_identity_remove(engine, identity);
    identity = 0;
  } else if (strcmp(command, "connect") == 0) {
    result = parley_connect(engine, identity);
  } else if (strcmp(command, "disconnect") == 0) {
    result = parley_disconnect(engine, identity, NULL);
  } else if (strcmp(command, "supports") == 0) {
    result = parley_supports(engine, identity, first);
  } else if (strcmp(command, "join") == 0) {
    result = parley_join(engine, identity, first, NULL);
  } else if (strcmp(command, "leave") == 0) {
    result = parley_leave(engine, chat(first), NULL);
  } else if (strcmp(command, "topic") == 0) {
    result = parley_topic(engine, chat(first), rest);
  } else if (strcmp(command, "say") == 0) {
    result = parley_send(engine, chat(first), rest, PARLEY_ZERO_ENDED, NULL);
  } else if (strcmp(command, "history") == 0) {
    print_history(chat(first));
    return 1;
  } else if (strcmp(command, "arrivals") == 0) {
    print_arrivals(chat(first), rest ? (parley_id)strtoll(rest, NULL, 10) : 0);
    return 1;
  } else {
    result = PARLEY_E_ARGUMENT;
  }
  printf("RESULT\t%" PRId64 "\n", result);
  return 1;
}

/* Obeys all whole lines that have come. Returns 0 at the end. */
static int read_commands(const char *password) {
  static char waiting[65536];
  static size_t count;
  ssize_t got = read(STDIN_FILENO, waiting + count, sizeof waiting - 1 - count);
  if (got <= 0) return 0;
  count += (size_t)got;
  waiting[count] = 0;
  char *line = waiting, *end;
  while ((end = strchr(line, '\n')) != NULL) {
    *end = 0;
    if (!obey(line, password)) return 0;
    line = end + 1;
  }
  count -= (size_t)(line - waiting);
  memmove(waiting, line, count);
  return count < sizeof waiting - 1;
}

int main(int argument_count, char **arguments) {
  char *password = getenv("PARLEY_PASSWORD");
  parley_options options = {0};
  options.size = sizeof options;
  options.directory = argument_count > 1 ? arguments[1] : NULL;
  int32_t result = parley_open(&options, &engine);
  if (result != PARLEY_OK) return fprintf(stderr, "host: %s\n", parley_error_text(result)), 1;
  parley_subscribe(engine, PARLEY_EVERYTHING, on_event, password);
  puts("OPEN");
  fflush(stdout);
  struct pollfd waiting[2] = {{STDIN_FILENO, POLLIN, 0}, {parley_fd(engine), POLLIN, 0}};
  while (poll(waiting, 2, -1) >= 0) {
    if (waiting[1].revents) parley_dispatch(engine, 100);
    if (waiting[0].revents && !read_commands(password)) break;
    fflush(stdout);
  }
  result = parley_close(engine);
  printf("CLOSED\t%d\n", (int)result);
  return result == PARLEY_OK ? 0 : 1;
}
