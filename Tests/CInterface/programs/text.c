/* What comes in is refused unless it is as the header says: never rewritten, never cut. */
#include "check.h"

static parley_engine *engine;
static parley_id identity, chat;

static const char *invalid[] = {
  "\xFF",             /* no such byte */
  "a\xC3",            /* cut short */
  "\x80z",            /* begins in the middle */
  "\xC0\xAF",         /* overlong */
  "\xED\xA0\x80",     /* half of a surrogate pair */
  "\xF4\x90\x80\x80", /* beyond Unicode */
};

static void texts(const char *text, int32_t expected) {
  parley_page *page;
  SAME(parley_set(engine, text, "value"), expected);
  SAME(parley_get(engine, text, NULL, 0), expected);
  SAME(parley_identity_add(engine, text, "nick"), expected);
  SAME(parley_identity_add(engine, "ircs://localhost", text), expected);
  SAME(parley_identity_set(engine, identity, text, "value"), expected);
  SAME(parley_identity_set(engine, identity, "realname", text), expected);
  SAME(parley_identity_get(engine, identity, text, NULL, 0), expected);
  SAME(parley_disconnect(engine, identity, text), expected);
  SAME(parley_supports(engine, identity, text), expected);
  SAME(parley_register(engine, identity, text), expected);
  SAME(parley_verify(engine, identity, text), expected);
  SAME(parley_away(engine, identity, text), expected);
  SAME(parley_raw(engine, identity, text), expected);
  SAME(parley_answer(engine, 1, text, PARLEY_ZERO_ENDED, PARLEY_KEEP_NOTHING), expected);
  SAME(parley_chat_open(engine, identity, text), expected);
  SAME(parley_chat_set(engine, chat, text, "value"), expected);
  SAME(parley_chat_get(engine, chat, text, NULL, 0), expected);
  SAME(parley_join(engine, identity, text, NULL), expected);
  SAME(parley_join(engine, identity, "#room", text), expected);
  SAME(parley_leave(engine, chat, text), expected);
  SAME(parley_topic(engine, chat, text), expected);
  SAME(parley_invite(engine, chat, text), expected);
  SAME(parley_kick(engine, chat, text, NULL), expected);
  SAME(parley_kick(engine, chat, "nick", text), expected);
  SAME(parley_rooms(engine, identity, text), expected);
  SAME(parley_react(engine, 1, text), expected);
  SAME(parley_unreact(engine, 1, text), expected);
  SAME(parley_redact(engine, 1, text), expected);
  SAME(parley_search(engine, 0, text, 0, 10, &page), expected);
}

static void missing(void) {
  parley_page *page;
  SAME(parley_set(engine, NULL, "value"), PARLEY_E_ARGUMENT);
  SAME(parley_set(engine, "", "value"), PARLEY_E_ARGUMENT);
  SAME(parley_get(engine, NULL, NULL, 0), PARLEY_E_ARGUMENT);
  SAME(parley_identity_add(engine, NULL, "nick"), PARLEY_E_ARGUMENT);
  SAME(parley_identity_add(engine, "ircs://localhost", NULL), PARLEY_E_ARGUMENT);
  SAME(parley_identity_set(engine, identity, "realname", NULL), PARLEY_E_ARGUMENT);
  SAME(parley_identities(engine, 0, NULL), PARLEY_E_ARGUMENT);
  SAME(parley_supports(engine, identity, NULL), PARLEY_E_ARGUMENT);
  SAME(parley_verify(engine, identity, NULL), PARLEY_E_ARGUMENT);
  SAME(parley_raw(engine, identity, NULL), PARLEY_E_ARGUMENT);
  SAME(parley_chats(engine, 0, NULL), PARLEY_E_ARGUMENT);
  SAME(parley_chat_page(engine, chat, NULL), PARLEY_E_ARGUMENT);
  SAME(parley_chat_open(engine, identity, NULL), PARLEY_E_ARGUMENT);
  SAME(parley_chat_open(engine, identity, "two words"), PARLEY_E_ARGUMENT);
  SAME(parley_join(engine, identity, NULL, NULL), PARLEY_E_ARGUMENT);
  SAME(parley_join(engine, identity, "person", NULL), PARLEY_E_ARGUMENT);
  SAME(parley_topic(engine, chat, NULL), PARLEY_E_ARGUMENT);
  SAME(parley_invite(engine, chat, NULL), PARLEY_E_ARGUMENT);
  SAME(parley_kick(engine, chat, NULL, NULL), PARLEY_E_ARGUMENT);
  SAME(parley_members(engine, chat, NULL), PARLEY_E_ARGUMENT);
  SAME(parley_send(engine, chat, NULL, PARLEY_ZERO_ENDED, NULL), PARLEY_E_ARGUMENT);
  SAME(parley_send(engine, chat, "", PARLEY_ZERO_ENDED, NULL), PARLEY_E_ARGUMENT);
  SAME(parley_send(engine, chat, "\n\r\n", PARLEY_ZERO_ENDED, NULL), PARLEY_E_ARGUMENT);
  /* Requests to programs are no text. */
  SAME(parley_send(engine, chat, "\001VERSION\001", PARLEY_ZERO_ENDED, NULL), PARLEY_E_TEXT);
  SAME(parley_send(engine, chat, "one\n\001two", PARLEY_ZERO_ENDED, NULL), PARLEY_E_TEXT);
  SAME(parley_react(engine, 1, NULL), PARLEY_E_ARGUMENT);
  SAME(parley_history(engine, chat, 0, 1, 1, NULL), PARLEY_E_ARGUMENT);
  SAME(parley_arrivals(engine, 0, 0, 1, NULL), PARLEY_E_ARGUMENT);
  SAME(parley_message_page(engine, 1, NULL), PARLEY_E_ARGUMENT);
  SAME(parley_search(engine, 0, NULL, 0, 1, &page), PARLEY_E_ARGUMENT);
  SAME(parley_search(engine, 0, "", 0, 1, &page), PARLEY_E_ARGUMENT);
}

static void ranges(void) {
  parley_page *page;
  SAME(parley_subscribe(engine, 0, check_on_done, NULL), PARLEY_E_ARGUMENT);
  SAME(parley_subscribe(engine, PARLEY_DONE, NULL, NULL), PARLEY_E_ARGUMENT);
  SAME(parley_unsubscribe(engine, 77), PARLEY_E_NO_SUCH);
  SAME(parley_dispatch(engine, -1), PARLEY_E_ARGUMENT);
  SAME(parley_wait(engine, -2), PARLEY_E_ARGUMENT);
  SAME(parley_typing(engine, chat, 3), PARLEY_E_ARGUMENT);
  SAME(parley_history(engine, chat, 0, -1, 0, &page), PARLEY_E_ARGUMENT);
  SAME(parley_history(engine, chat, 0, 1001, 0, &page), PARLEY_E_ARGUMENT);
  SAME(parley_history(engine, chat, 0, 0, INT32_MAX, &page), PARLEY_E_ARGUMENT);
  SAME(parley_arrivals(engine, 0, 0, 0, &page), PARLEY_E_ARGUMENT);
  SAME(parley_search(engine, 0, "word", 0, 1001, &page), PARLEY_E_ARGUMENT);
  SAME(parley_answer(engine, 1, "x", 1, 3), PARLEY_E_ARGUMENT);
  SAME(parley_answer(engine, 1, "x", 1, PARLEY_KEEP_MEMORY), PARLEY_E_STATE);
  for (parley_id none = -1; none <= 999999; none += 1000000) {
    SAME(parley_chat_page(engine, none, &page), PARLEY_E_NO_SUCH);
    SAME(parley_history(engine, none, 0, 1, 0, &page), PARLEY_E_NO_SUCH);
    SAME(parley_message_page(engine, none, &page), PARLEY_E_NO_SUCH);
    SAME(parley_connect(engine, none), PARLEY_E_NO_SUCH);
    SAME(parley_identity_set(engine, none, "nick", "nick"), PARLEY_E_NO_SUCH);
    SAME(parley_chat_open(engine, none, "#room"), PARLEY_E_NO_SUCH);
    SAME(parley_send(engine, none, "text", PARLEY_ZERO_ENDED, NULL), PARLEY_E_NO_SUCH);
    SAME(parley_read(engine, none), PARLEY_E_NO_SUCH);
    SAME(parley_backfill(engine, none), PARLEY_E_NO_SUCH);
    SAME(parley_resend(engine, none), PARLEY_E_NO_SUCH);
    SAME(parley_discard(engine, none), PARLEY_E_NO_SUCH);
  }
  SAME(parley_history(engine, chat, 999999, 1, 0, &page), PARLEY_E_NO_SUCH);
  SAME(parley_identity_set(engine, identity, "nonsense", "x"), PARLEY_E_NO_SUCH);
  SAME(parley_identity_set(engine, identity, "autoconnect", "2"), PARLEY_E_ARGUMENT);
  SAME(parley_identity_set(engine, identity, "link", "http://x"), PARLEY_E_ARGUMENT);
  SAME(parley_identity_get(engine, identity, "password", NULL, 0), PARLEY_E_NO_SUCH);
  SAME(parley_chat_set(engine, chat, "muted", "yes"), PARLEY_E_ARGUMENT);
  SAME(parley_chat_set(engine, chat, "nonsense", "x"), PARLEY_E_NO_SUCH);
  SAME(parley_supports(engine, identity, "flying"), 0);
  SAME(parley_raw(engine, identity, "PING :x"), PARLEY_E_OFFLINE);
  SAME(parley_topic(engine, chat, "topic"), PARLEY_E_OFFLINE);
  SAME(parley_rooms(engine, identity, NULL), PARLEY_E_OFFLINE);
  parley_send_options options = {sizeof options, 9, 0, 0};
  SAME(parley_send(engine, chat, "text", 4, &options), PARLEY_E_ARGUMENT);
}

static void lengths(void) {
  char *long_text = malloc(70002);
  memset(long_text, 'a', 70001);
  long_text[70001] = 0;
  SAME(parley_set(engine, long_text, "value"), PARLEY_E_TOO_LONG);
  SAME(parley_set(engine, "key", long_text), PARLEY_E_TOO_LONG);
  SAME(parley_send(engine, chat, long_text, PARLEY_ZERO_ENDED, NULL), PARLEY_E_TOO_LONG);
  SAME(parley_send(engine, chat, long_text, 65537, NULL), PARLEY_E_TOO_LONG);
  SAME(parley_send(engine, chat, long_text, SIZE_MAX / 2 + 5, NULL), PARLEY_E_TOO_LONG);
  SAME(parley_answer(engine, 1, long_text, 601, PARLEY_KEEP_NOTHING), PARLEY_E_TOO_LONG);
  SAME(parley_away(engine, identity, long_text), PARLEY_E_TOO_LONG);
  SAME(parley_disconnect(engine, identity, long_text), PARLEY_E_TOO_LONG);
  SAME(parley_react(engine, 1, long_text), PARLEY_E_TOO_LONG);
  SAME(parley_raw(engine, identity, long_text), PARLEY_E_TOO_LONG);
  SAME(parley_chat_open(engine, identity, long_text), PARLEY_E_TOO_LONG);
  parley_page *page;
  SAME(parley_search(engine, 0, long_text, 0, 10, &page), PARLEY_E_TOO_LONG);
  /* A size is a size: what lies behind it does not matter, and a zero byte before it does. */
  CHECK(parley_send(engine, chat, "text\xFF", 4, NULL) > 0);
  SAME(parley_send(engine, chat, "te\0xt", 5, NULL), PARLEY_E_TEXT);
  SAME(parley_send(engine, chat, "te\rxt", 5, NULL), PARLEY_E_TEXT);
  CHECK(parley_send(engine, chat, "one\ntwo\r\nthree", PARLEY_ZERO_ENDED, NULL) > 0);
  SAME(parley_answer(engine, 1, "two\nlines", PARLEY_ZERO_ENDED, PARLEY_KEEP_NOTHING), PARLEY_E_TEXT);
  long_text[65536] = 0;
  SAME(check_finish(engine, parley_set(engine, "key", long_text)), PARLEY_OK);
  SAME(parley_get(engine, "key", NULL, 0), 65536);
  free(long_text);
}

static void values(void) {
  char buffer[6] = "xxxxx";
  SAME(check_finish(engine, parley_set(engine, "umlaut", "a\xC3\xA4\xE2\x82\xAC")), PARLEY_OK);
  SAME(parley_get(engine, "umlaut", buffer, 3), 6);
  CHECK(strcmp(buffer, "a") == 0); /* not half of a character */
  SAME(parley_get(engine, "umlaut", buffer, 4), 6);
  CHECK(strcmp(buffer, "a\xC3\xA4") == 0);
  SAME(parley_get(engine, "umlaut", buffer, 1), 6);
  CHECK(buffer[0] == 0);
  SAME(parley_get(engine, "umlaut", NULL, 5), PARLEY_E_ARGUMENT);
  SAME(parley_set(engine, "umlaut", NULL) > 0, 1);
  SAME(parley_get(engine, "umlaut", buffer, 6), PARLEY_E_NO_SUCH);
  CHECK(parley_set(engine, "at once", "seen") > 0);
  SAME(parley_get(engine, "at once", buffer, 6), 4);
  CHECK(strcmp(buffer, "seen") == 0);
  CHECK(parley_chat_set(engine, chat, "draft", "half a\nthought") > 0);
  SAME(parley_chat_get(engine, chat, "draft", NULL, 0), 14);
}

int main(void) {
  engine = check_open();
  identity = parley_identity_add(engine, "ircs://localhost:1", "alice");
  CHECK(identity > 0);
  SAME(parley_identity_add(engine, "ircs://localhost:1", "alice"), identity);
  chat = parley_chat_open(engine, identity, "#room");
  CHECK(chat > 0);
  SAME(parley_chat_open(engine, identity, "#Room"), chat);
  for (size_t index = 0; index < sizeof invalid / sizeof *invalid; index++) {
    texts(invalid[index], PARLEY_E_TEXT);
    SAME(parley_send(engine, chat, invalid[index], PARLEY_ZERO_ENDED, NULL), PARLEY_E_TEXT);
    SAME(parley_set(engine, "key", invalid[index]), PARLEY_E_TEXT);
  }
  texts("a\nb", PARLEY_E_TEXT);
  texts("a\rb", PARLEY_E_TEXT);
  missing();
  ranges();
  lengths();
  values();
  SAME(parley_close(engine), PARLEY_OK);
  return check_end();
}
