/*
 * bot: answers commands in a room and in private, each exactly once, whatever happens to it, its machine or its connection.
 *
 *   cc bot.c -o bot $(pkg-config --cflags --libs parley)
 *   PARLEY_PASSWORD=secret ./bot bot-data ircs://chat.example/#lobby marvin
 *
 * The idea: it does not answer events, it answers ARRIVALS, a list on disk, and keeps its place in that list. An event only says
 * that there is more to read. When it is killed and started again, it goes on where it was.
 *
 * The place is kept after the answer is queued. Killed between the two, it would answer a second time; so its answers say what they
 * answer, and what has an answer is passed by. (That needs a network with message ids.)
 */
#define _POSIX_C_SOURCE 200809L
#include "ask.h"

#include <inttypes.h>
#include <signal.h>
#include <time.h>

static volatile sig_atomic_t is_stopping;

static void stop(int number) {
  (void)number;
  is_stopping = 1;
}

/* ---- commands ---------------------------------------------------------------------------------------------------------------- */

struct answer {
  parley_engine *engine;
  const parley_message *message;
  char text[1500];
};

static void ping(struct answer *answer, const char *rest) {
  (void)rest;
  strcpy(answer->text, "pong");
}

static void echo(struct answer *answer, const char *rest) {
  snprintf(answer->text, sizeof answer->text, "%.1000s", *rest ? rest : "(nothing)");
}

/* When somebody was last heard in this room: the history on this disk knows. */
static void seen(struct answer *answer, const char *nick) {
  parley_page *page;
  parley_id chat = parley_message_chat(answer->message), before = parley_message_id(answer->message);
  snprintf(answer->text, sizeof answer->text, "I have not heard %.64s here.", *nick ? nick : "nobody");
  if (parley_history(answer->engine, chat, before, 1000, 0, &page) != PARLEY_OK) return;
  for (size_t index = parley_page_count(page); index-- > 0;) {
    const parley_message *row = parley_page_message(page, index);
    const char *who = parley_message_nick(row, NULL);
    /* The last row is the question itself. */
    if (parley_message_id(row) == before || parley_message_kind(row) > PARLEY_ACTION || strcmp(who, nick) != 0) continue;
    time_t seconds = (time_t)(parley_message_time(row) / 1000);
    struct tm utc;
    char when[40] = "";
    if (gmtime_r(&seconds, &utc)) strftime(when, sizeof when, "%Y-%m-%d %H:%M UTC", &utc);
    snprintf(answer->text, sizeof answer->text, "%.64s was here at %s: %.300s", nick, when, parley_message_text(row, NULL));
    break;
  }
  parley_page_free(page);
}

static void help(struct answer *answer, const char *rest);

static const struct {
  const char *name, *usage;
  void (*run)(struct answer *answer, const char *rest);
} commands[] = {
  {"!ping", "!ping", ping},
  {"!echo", "!echo TEXT", echo},
  {"!seen", "!seen NICK", seen},
  {"!help", "!help", help},
};

static void help(struct answer *answer, const char *rest) {
  (void)rest;
  strcpy(answer->text, "I know");
  for (size_t index = 0; index < sizeof commands / sizeof *commands; index++) {
    strcat(answer->text, index ? ", " : " ");
    strcat(answer->text, commands[index].usage);
  }
}

/* ---- one message ------------------------------------------------------------------------------------------------------------- */

/* Whether an answer to this is queued or sent already: killed before it could keep its place. */
static int is_answered(parley_engine *engine, const parley_message *message) {
  parley_page *page;
  int found = 0;
  parley_id id = parley_message_id(message);
  if (parley_history(engine, parley_message_chat(message), id, 0, 1000, &page) != PARLEY_OK) return 0;
  for (size_t index = 0; index < parley_page_count(page) && !found; index++) {
    const parley_message *row = parley_page_message(page, index);
    found = parley_message_is_own(row) && parley_message_reply_to(row) == id;
  }
  parley_page_free(page);
  return found;
}

static void handle(parley_engine *engine, const parley_message *message, int may_be_answered) {
  const char *text = parley_message_text(message, NULL);
  if (parley_message_is_own(message) || parley_message_kind(message) != PARLEY_TEXT || text[0] != '!') return;
  size_t length = strcspn(text, " ");
  for (size_t index = 0; index < sizeof commands / sizeof *commands; index++) {
    if (strlen(commands[index].name) != length || strncmp(text, commands[index].name, length) != 0) continue;
    if (may_be_answered && is_answered(engine, message)) return;
    struct answer answer = {engine, message, ""};
    commands[index].run(&answer, text + length + strspn(text + length, " "));
    /* A notice: programs do not answer those, and so two bots do not talk for ever. */
    parley_send_options options = {sizeof options, PARLEY_NOTICE, parley_message_id(message), 0};
    parley_request request =
        parley_send(engine, parley_message_chat(message), answer.text, PARLEY_ZERO_ENDED, &options);
    if (request < 0) ask_fail("cannot answer", request);
    return;
  }
}

/* ---- the place --------------------------------------------------------------------------------------------------------------- */

static parley_id place;
static int is_first = 1; /* after a start: the message at the place may have its answer */

static void read_on(parley_engine *engine) {
  char value[32];
  for (;;) {
    parley_page *page;
    int32_t result = parley_arrivals(engine, 0, place, 100, &page);
    if (result != PARLEY_OK) {
      ask_fail("cannot read", result);
      return;
    }
    size_t count = parley_page_count(page);
    for (size_t index = 0; index < count; index++) {
      const parley_message *message = parley_page_message(page, index);
      handle(engine, message, is_first);
      place = parley_message_id(message);
      snprintf(value, sizeof value, "%" PRId64, place);
      parley_set(engine, "bot.place", value);
    }
    parley_page_free(page);
    is_first = 0;
    if (count < 100) return;
  }
}

static void on_message(const parley_event *event, void *context) {
  (void)event;
  read_on(context);
}

static void on_identity(const parley_event *event, void *context) {
  const parley_identity *identity = parley_event_identity_of(event);
  static int32_t last = PARLEY_STATE_OFFLINE;
  int32_t state = parley_identity_state(identity);
  (void)context;
  if (state == last) return; /* The event tells of other things, too: a nick, what is pending. */
  last = state;
  if (state == PARLEY_STATE_ONLINE) fprintf(stderr, "online as %s\n", parley_identity_nick(identity, NULL));
  if (state == PARLEY_STATE_WAITING) ask_fail("offline for a while", parley_identity_result(identity));
  if (state == PARLEY_STATE_STOPPED) {
    ask_fail("stopped", parley_identity_result(identity));
    is_stopping = 1;
  }
}

int main(int count, char **arguments) {
  if (count != 4) {
    fputs("usage: [PARLEY_PASSWORD=…] bot FOLDER LINK NICK\n", stderr);
    return 2;
  }
  parley_engine *engine;
  parley_options options = {0};
  options.size = sizeof options;
  options.directory = arguments[1];
  options.client_name = "Parley example bot";
  int32_t result = parley_open(&options, &engine);
  if (result != PARLEY_OK) return ask_fail(arguments[1], result);

  struct sigaction action = {0};
  action.sa_handler = stop; /* It ends parley_wait(), which would otherwise wait on. */
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);

  parley_subscribe(engine, PARLEY_ASK, ask_answer, engine);
  parley_subscribe(engine, PARLEY_IDENTITY, on_identity, engine);
  parley_subscribe(engine, PARLEY_MESSAGE | PARLEY_OVERRUN, on_message, engine);
  parley_id identity = ask_connect(engine, arguments[2], arguments[3]);
  if (identity < 0) return ask_fail(arguments[2], identity);

  char value[32];
  if (parley_get(engine, "bot.place", value, sizeof value) > 0) place = (parley_id)strtoll(value, NULL, 10);
  read_on(engine); /* What arrived before it was killed. */
  while (!is_stopping && parley_wait(engine, -1) >= 0) {
  }
  return parley_close(engine) == PARLEY_OK ? 0 : 1;
}
