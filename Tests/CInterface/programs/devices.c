/*
 * Two devices of one account, and a friend who is away: what is written, edited, redacted, reacted to and read on one device is
 * found on the other, and later by the friend, each thing once. Arguments: the server's link; alice and bob have accounts there
 * with the password in PARLEY_PASSWORD.
 */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include <time.h>

enum { PHONE, DESK, FRIEND, PEOPLE };

static struct person {
  parley_engine *engine;
  parley_id identity, chat;
  /* Events about messages of the other's, in the order in which they came. */
  char heard[4096];
} people[PEOPLE];

static void note(struct person *person, const char *what, const parley_event *event) {
  const parley_message *message = parley_event_message(event);
  if (parley_event_chat(event) != person->chat) return;
  size_t length = strlen(person->heard);
  snprintf(person->heard + length, sizeof person->heard - length, "%s %s%s; ", what,
      message ? parley_message_text(message, NULL) : "-",
      message && parley_message_state(message) == PARLEY_REMOVED ? "removed" : "");
}

static void on_message(const parley_event *event, void *context) { note(context, "new", event); }

static void on_change(const parley_event *event, void *context) { note(context, "changed", event); }

static void on_ask(const parley_event *event, void *context) {
  struct person *person = context;
  parley_answer(person->engine, parley_event_request(event), getenv("PARLEY_PASSWORD"), PARLEY_ZERO_ENDED, PARLEY_KEEP_MEMORY);
}

/* ---- waiting ----------------------------------------------------------------------------------------------------------------- */

static int is_true(int (*condition)(const void *), const void *about) {
  for (int turn = 0; turn < 2000; turn++) {
    for (int index = 0; index < PEOPLE; index++) parley_wait(people[index].engine, 3);
    if (condition(about)) return 1;
  }
  return 0;
}

static int is_current(const void *about) {
  const struct person *person = about;
  parley_page *page;
  if (parley_chat_page(person->engine, person->chat, &page) != PARLEY_OK) return 0;
  int result = parley_chat_current(parley_page_chat(page, 0)) && parley_chat_joined(parley_page_chat(page, 0));
  parley_page_free(page);
  return result;
}

static int is_read(const void *about) {
  const struct person *person = about;
  parley_page *page;
  if (parley_chat_page(person->engine, person->chat, &page) != PARLEY_OK) return 0;
  int result = parley_chat_unread(parley_page_chat(page, 0)) == 0;
  parley_page_free(page);
  return result;
}

struct expected {
  const struct person *person;
  const char *text;
};

/* What was said in the conversation, as a person sees it now. */
static void look(const struct person *person, char *text, size_t size) {
  parley_page *page;
  text[0] = 0;
  if (parley_history(person->engine, person->chat, 0, 100, 0, &page) != PARLEY_OK) return;
  for (size_t index = 0; index < parley_page_count(page); index++) {
    const parley_message *row = parley_page_message(page, index);
    if (parley_message_kind(row) > PARLEY_ACTION) continue;
    size_t length = strlen(text);
    snprintf(text + length, size - length, "%s%s%s", parley_message_text(row, NULL),
        parley_message_is_edited(row) ? " (edited)" : "", parley_message_state(row) == PARLEY_REMOVED ? "(removed)" : "");
    for (size_t number = 0; number < parley_message_reaction_count(row); number++) {
      length = strlen(text);
      snprintf(text + length, size - length, " %s%d", parley_message_reaction(row, number, NULL),
          (int)parley_message_reaction_people(row, number));
    }
    length = strlen(text);
    snprintf(text + length, size - length, "|");
  }
  parley_page_free(page);
}

static int is_seen(const void *about) {
  const struct expected *expected = about;
  char text[4096];
  look(expected->person, text, sizeof text);
  return strcmp(text, expected->text) == 0;
}

static void sees(int who, const char *text) {
  struct expected expected = {&people[who], text};
  if (is_true(is_seen, &expected)) return;
  char found[4096];
  look(&people[who], found, sizeof found);
  check_failures++;
  fprintf(stderr, "person %d sees\n  %s\nnot\n  %s\n", who, found, text);
}

static void heard(int who, const char *text) {
  if (strcmp(people[who].heard, text) != 0) {
    check_failures++;
    fprintf(stderr, "person %d heard\n  %s\nnot\n  %s\n", who, people[who].heard, text);
  }
  people[who].heard[0] = 0;
}

/* ---- doing ------------------------------------------------------------------------------------------------------------------- */

static void say(int who, const char *text) {
  SAME(check_finish(people[who].engine, parley_send(people[who].engine, people[who].chat, text, PARLEY_ZERO_ENDED, NULL)), PARLEY_OK);
}

/* The id of a message by its text, on one device. */
static parley_id find(int who, const char *text) {
  parley_page *page;
  parley_id id = 0;
  if (parley_history(people[who].engine, people[who].chat, 0, 100, 0, &page) != PARLEY_OK) return 0;
  for (size_t index = 0; index < parley_page_count(page); index++)
    if (strcmp(parley_message_text(parley_page_message(page, index), NULL), text) == 0)
      id = parley_message_id(parley_page_message(page, index));
  parley_page_free(page);
  return id;
}

static void on_ignored(const parley_event *event, void *context) {
  char *text = context;
  snprintf(text, 256, "%s", parley_event_text(event, NULL) ? parley_event_text(event, NULL) : "");
}

/* Whom the server keeps away, as one device is told. */
static void check_ignored(int who, const char *expected) {
  parley_engine *engine = people[who].engine;
  char text[256] = "";
  int32_t subscription = parley_subscribe(engine, PARLEY_DONE, on_ignored, text);
  SAME(check_finish(engine, parley_ignored(engine, people[who].identity)), PARLEY_OK);
  parley_unsubscribe(engine, subscription);
  if (strcmp(text, expected) == 0) return;
  check_failures++;
  fprintf(stderr, "person %d ignores %s, not %s\n", who, text, expected);
}

static void begin(int who, const char *link, const char *nick, const char *other) {
  struct person *person = &people[who];
  person->engine = check_open();
  parley_subscribe(person->engine, PARLEY_ASK, on_ask, person);
  parley_subscribe(person->engine, PARLEY_MESSAGE, on_message, person);
  person->identity = parley_identity_add(person->engine, link, nick);
  parley_identity_set(person->engine, person->identity, "account", nick);
  person->chat = parley_chat_open(person->engine, person->identity, other);
  SAME(parley_connect(person->engine, person->identity), PARLEY_OK);
}

int main(int count, char **arguments) {
  if (count != 2) return 2;
  begin(PHONE, arguments[1], "alice", "bob");
  begin(DESK, arguments[1], "alice", "bob");
  begin(FRIEND, arguments[1], "bob", "alice");
  for (int who = 0; who < PEOPLE; who++) CHECK(is_true(is_current, &people[who]));

  say(PHONE, "one");
  say(DESK, "two");
  say(PHONE, "three");
  say(FRIEND, "hello");
  for (int who = 0; who < PEOPLE; who++) sees(who, "one|two|three|hello|");
  heard(DESK, "new one; new three; new hello; ");
  heard(FRIEND, "new one; new two; new three; ");
  CHECK(!is_read(&people[DESK]));
  SAME(parley_read(people[PHONE].engine, find(PHONE, "hello")), PARLEY_OK);
  CHECK(is_true(is_read, &people[DESK]));

  /* The friend leaves. */
  SAME(parley_disconnect(people[FRIEND].engine, people[FRIEND].identity, NULL), PARLEY_OK);
  check_settle(people[FRIEND].engine);
  for (int who = 0; who < PEOPLE; who++) parley_subscribe(people[who].engine, PARLEY_CHANGED, on_change, &people[who]);

  parley_engine *phone = people[PHONE].engine;
  SAME(check_finish(phone, parley_edit(phone, find(PHONE, "one"), "uno", PARLEY_ZERO_ENDED)), PARLEY_OK);
  SAME(check_finish(phone, parley_react(phone, find(PHONE, "two"), "+")), PARLEY_OK);
  SAME(check_finish(phone, parley_react(phone, find(PHONE, "hello"), "?")), PARLEY_OK);
  SAME(check_finish(phone, parley_unreact(phone, find(PHONE, "hello"), "?")), PARLEY_OK);
  SAME(check_finish(phone, parley_redact(phone, find(PHONE, "three"), "wrong")), PARLEY_OK);
  SAME(check_finish(phone, parley_edit(phone, find(PHONE, "hello"), "x", PARLEY_ZERO_ENDED)), PARLEY_E_STATE);
  say(PHONE, "four\n\nlines");
  const char *now = "uno (edited)|two +1|(removed)|hello|four\n\nlines|";
  sees(PHONE, now);
  sees(DESK, now);
  heard(DESK, "changed uno; changed two; changed hello; changed hello; changed removed; new four\n\nlines; ");

  /* The friend comes back: everything is found, and told once. */
  SAME(parley_connect(people[FRIEND].engine, people[FRIEND].identity), PARLEY_OK);
  sees(FRIEND, now);
  CHECK(is_true(is_current, &people[FRIEND]));
  check_settle(people[FRIEND].engine);
  heard(FRIEND, "new four\n\nlines; changed uno; changed two; changed hello; changed hello; changed removed; ");
  SAME(parley_disconnect(people[FRIEND].engine, people[FRIEND].identity, NULL), PARLEY_OK);
  check_settle(people[FRIEND].engine);
  SAME(parley_connect(people[FRIEND].engine, people[FRIEND].identity), PARLEY_OK);
  CHECK(is_true(is_current, &people[FRIEND]));
  check_settle(people[FRIEND].engine);
  heard(FRIEND, "");

  /* Alice ignores the friend, from one device and on both, until the other one ends it. */
  check_ignored(PHONE, "");
  SAME(check_finish(phone, parley_ignore(phone, people[PHONE].identity, "bob", 1)), PARLEY_OK);
  SAME(parley_ignore(phone, people[PHONE].identity, "bob", 2), PARLEY_E_ARGUMENT);
  check_ignored(DESK, "bob");
  say(FRIEND, "are you there");
  SAME(check_finish(people[DESK].engine, parley_ignore(people[DESK].engine, people[DESK].identity, "bob", 0)), PARLEY_OK);
  check_ignored(PHONE, "");
  say(FRIEND, "and now");
  now = "uno (edited)|two +1|(removed)|hello|four\n\nlines|and now|";
  sees(PHONE, now);
  sees(DESK, now);

  for (int who = 0; who < PEOPLE; who++) SAME(parley_close(people[who].engine), PARLEY_OK);
  return check_end();
}
