/*
 * bridge: two rooms on two networks become one. What is said in one is repeated in the other with its speaker's name.
 *
 *   cc bridge.c -o bridge $(pkg-config --cflags --libs parley)
 *   ./bridge bridge-data joiner ircs://one.example '#team' ircs://two.example '#team'
 *
 * The idea: an engine holds any number of identities, on any networks; chats have ids that say all. What is said while one side
 * is away waits in the outbox, on disk, and is sent when it is back.
 *
 * Like bot.c it reads arrivals and keeps its place. It is kept after the message is queued: killed between the two, the bridge
 * repeats one message rather than losing it.
 */
#define _POSIX_C_SOURCE 200809L
#include "ask.h"

#include <inttypes.h>
#include <signal.h>

static struct side {
  parley_id identity, chat;
} sides[2];

static parley_id place;
static volatile sig_atomic_t is_stopping;

static void stop(int number) {
  (void)number;
  is_stopping = 1;
}

/* Whether a nick is one of the bridge's own: with both sides on the same network, each would hear the other. */
static int is_bridge(parley_engine *engine, const char *nick) {
  int found = 0;
  for (int index = 0; index < 2 && !found; index++) {
    parley_page *page;
    if (parley_identities(engine, sides[index].identity, &page) != PARLEY_OK) continue;
    found = strcmp(parley_identity_nick(parley_page_identity(page, 0), NULL), nick) == 0;
    parley_page_free(page);
  }
  return found;
}

static void relay(parley_engine *engine, const parley_message *message) {
  int32_t kind = parley_message_kind(message);
  /* Notices are what programs say, other bridges among them. */
  if ((kind != PARLEY_TEXT && kind != PARLEY_ACTION) || parley_message_is_own(message)) return;
  const char *nick = parley_message_nick(message, NULL);
  for (int index = 0; index < 2; index++) {
    if (parley_message_chat(message) != sides[index].chat || is_bridge(engine, nick)) continue;
    size_t size;
    const char *text = parley_message_text(message, &size);
    size_t capacity = size + strlen(nick) + 8;
    char *line = malloc(capacity);
    if (line == NULL) return;
    snprintf(line, capacity, kind == PARLEY_ACTION ? "* %s %s" : "<%s> %s", nick, text);
    parley_request request = parley_send(engine, sides[1 - index].chat, line, PARLEY_ZERO_ENDED, NULL);
    if (request < 0) ask_fail("cannot relay", request);
    free(line);
  }
}

static void read_on(parley_engine *engine) {
  size_t count = 0;
  do {
    parley_page *page;
    int32_t result = parley_arrivals(engine, 0, place, 100, &page);
    if (result != PARLEY_OK) {
      ask_fail("cannot read", result);
      return;
    }
    count = parley_page_count(page);
    for (size_t index = 0; index < count; index++) {
      char value[32];
      relay(engine, parley_page_message(page, index));
      place = parley_message_id(parley_page_message(page, index));
      snprintf(value, sizeof value, "%" PRId64, place);
      parley_set(engine, "bridge.place", value);
    }
    parley_page_free(page);
  } while (count == 100);
}

static void on_message(const parley_event *event, void *context) {
  (void)event;
  read_on(context);
}

static void on_identity(const parley_event *event, void *context) {
  const parley_identity *identity = parley_event_identity_of(event);
  static int32_t last[2];
  int index = parley_event_identity(event) == sides[1].identity;
  int32_t state = parley_identity_state(identity);
  (void)context;
  if (state == last[index]) return; /* The event tells of other things, too: a nick, what is pending. */
  last[index] = state;
  if (state == PARLEY_STATE_ONLINE)
    fprintf(stderr, "online at %s as %s\n", parley_identity_host(identity, NULL), parley_identity_nick(identity, NULL));
  if (state == PARLEY_STATE_STOPPED) {
    ask_fail(parley_identity_host(identity, NULL), parley_identity_result(identity));
    is_stopping = 1;
  }
}

int main(int count, char **arguments) {
  if (count != 7) {
    fputs("usage: [PARLEY_PASSWORD=…] bridge FOLDER NICK LINK ROOM LINK ROOM\n", stderr);
    return 2;
  }
  parley_engine *engine;
  parley_options options = {0};
  options.size = sizeof options;
  options.directory = arguments[1];
  int32_t result = parley_open(&options, &engine);
  if (result != PARLEY_OK) return ask_fail(arguments[1], result);

  struct sigaction action = {0};
  action.sa_handler = stop;
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);

  parley_subscribe(engine, PARLEY_ASK, ask_answer, engine);
  parley_subscribe(engine, PARLEY_IDENTITY, on_identity, engine);
  parley_subscribe(engine, PARLEY_MESSAGE | PARLEY_OVERRUN, on_message, engine);
  for (int index = 0; index < 2; index++) {
    const char *link = arguments[3 + 2 * index], *room = arguments[4 + 2 * index];
    sides[index].identity = ask_connect(engine, link, arguments[2]);
    if (sides[index].identity < 0) return ask_fail(link, sides[index].identity);
    sides[index].chat = parley_chat_open(engine, sides[index].identity, room);
    if (sides[index].chat < 0) return ask_fail(room, sides[index].chat);
    parley_join(engine, sides[index].identity, room, NULL);
  }
  if (sides[0].chat == sides[1].chat) {
    fputs("Both sides are the same room.\n", stderr);
    return 2;
  }

  char value[32];
  if (parley_get(engine, "bridge.place", value, sizeof value) > 0) place = (parley_id)strtoll(value, NULL, 10);
  read_on(engine);
  while (!is_stopping && parley_wait(engine, -1) >= 0) {
  }
  return parley_close(engine) == PARLEY_OK ? 0 : 1;
}
