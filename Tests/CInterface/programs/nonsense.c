/* Every function with handles that are none: NULL, made up, freed, closed, of another kind. */
#include "check.h"

static void nobody(const parley_event *event, void *context) { (void)event, (void)context; }

#define RESULT(call) SAME(call, PARLEY_E_HANDLE)
#define NUMBER(call) SAME(call, 0)
#define STRING(call) (size = 99, CHECK((call) == NULL), SAME(size, 0))

static void engines(parley_engine *engine) {
  char buffer[8];
  parley_page *page = (parley_page *)1;
  RESULT(parley_subscribe(engine, PARLEY_EVERYTHING, nobody, NULL));
  RESULT(parley_unsubscribe(engine, 1));
  RESULT(parley_fd(engine));
  RESULT(parley_dispatch(engine, 0));
  RESULT(parley_wait(engine, 0));
  RESULT(parley_close(engine));
  RESULT(parley_set(engine, "key", "value"));
  RESULT(parley_get(engine, "key", buffer, sizeof buffer));
  RESULT(parley_tag(engine, 1));
  RESULT(parley_network_changed(engine));
  RESULT(parley_identity_add(engine, "ircs://localhost", "nick"));
  RESULT(parley_identity_remove(engine, 1));
  RESULT(parley_identity_set(engine, 1, "nick", "value"));
  RESULT(parley_identity_get(engine, 1, "nick", buffer, sizeof buffer));
  RESULT(parley_identities(engine, 0, &page));
  CHECK(page == NULL);
  RESULT(parley_connect(engine, 1));
  RESULT(parley_disconnect(engine, 1, NULL));
  RESULT(parley_network_changed(engine));
  RESULT(parley_supports(engine, 1, "history"));
  RESULT(parley_register(engine, 1, NULL));
  RESULT(parley_verify(engine, 1, "code"));
  RESULT(parley_away(engine, 1, NULL));
  RESULT(parley_ignore(engine, 1, "bob", 1));
  RESULT(parley_ignored(engine, 1));
  RESULT(parley_raw(engine, 1, "PING :x"));
  RESULT(parley_answer(engine, 1, "secret", PARLEY_ZERO_ENDED, PARLEY_KEEP_NOTHING));
  RESULT(parley_chats(engine, 0, &page));
  RESULT(parley_chat_page(engine, 1, &page));
  RESULT(parley_chat_open(engine, 1, "#room"));
  RESULT(parley_chat_remove(engine, 1));
  RESULT(parley_chat_set(engine, 1, "draft", "value"));
  RESULT(parley_chat_get(engine, 1, "draft", buffer, sizeof buffer));
  RESULT(parley_join(engine, 1, "#room", NULL));
  RESULT(parley_leave(engine, 1, NULL));
  RESULT(parley_topic(engine, 1, "topic"));
  RESULT(parley_invite(engine, 1, "nick"));
  RESULT(parley_kick(engine, 1, "nick", NULL));
  RESULT(parley_rooms(engine, 1, NULL));
  RESULT(parley_members(engine, 1, &page));
  RESULT(parley_typing(engine, 1, 1));
  RESULT(parley_send(engine, 1, "text", PARLEY_ZERO_ENDED, NULL));
  RESULT(parley_resend(engine, 1));
  RESULT(parley_discard(engine, 1));
  RESULT(parley_react(engine, 1, "+"));
  RESULT(parley_unreact(engine, 1, "+"));
  RESULT(parley_redact(engine, 1, NULL));
  RESULT(parley_edit(engine, 1, "x", 1));
  RESULT(parley_read(engine, 1));
  RESULT(parley_history(engine, 1, 0, 10, 0, &page));
  RESULT(parley_arrivals(engine, 0, 0, 10, &page));
  RESULT(parley_message_page(engine, 1, &page));
  RESULT(parley_backfill(engine, 1));
  RESULT(parley_search(engine, 0, "word", 0, 10, &page));
}

static void events(const parley_event *event) {
  size_t size;
  NUMBER(parley_event_kind(event));
  NUMBER(parley_event_identity(event));
  NUMBER(parley_event_chat(event));
  NUMBER(parley_event_request(event));
  RESULT(parley_event_result(event));
  NUMBER(parley_event_value(event));
  NUMBER(parley_event_tag(event));
  STRING(parley_event_nick(event, &size));
  STRING(parley_event_code(event, &size));
  STRING(parley_event_text(event, &size));
  CHECK(parley_event_message(event) == NULL);
  CHECK(parley_event_chat_of(event) == NULL);
  CHECK(parley_event_identity_of(event) == NULL);
  CHECK(parley_event_page(event) == NULL);
}

static void pages(parley_page *page) {
  NUMBER(parley_page_count(page));
  CHECK(parley_page_identity(page, 0) == NULL);
  CHECK(parley_page_chat(page, 0) == NULL);
  CHECK(parley_page_message(page, 0) == NULL);
  CHECK(parley_page_member(page, 0) == NULL);
  CHECK(parley_page_room(page, 0) == NULL);
  SAME(parley_page_free(page), page == NULL ? PARLEY_OK : PARLEY_E_HANDLE);
}

static void identities(const parley_identity *identity) {
  size_t size;
  NUMBER(parley_identity_id(identity));
  NUMBER(parley_identity_state(identity));
  RESULT(parley_identity_result(identity));
  NUMBER(parley_identity_retry_time(identity));
  NUMBER(parley_identity_pending(identity));
  NUMBER(parley_identity_is_full(identity));
  STRING(parley_identity_reason(identity, &size));
  STRING(parley_identity_nick(identity, &size));
  STRING(parley_identity_account(identity, &size));
  STRING(parley_identity_network(identity, &size));
  STRING(parley_identity_host(identity, &size));
}

static void chats(const parley_chat *chat) {
  size_t size;
  NUMBER(parley_chat_id(chat));
  NUMBER(parley_chat_identity(chat));
  NUMBER(parley_chat_kind(chat));
  NUMBER(parley_chat_joined(chat));
  NUMBER(parley_chat_wanted(chat));
  NUMBER(parley_chat_current(chat));
  NUMBER(parley_chat_unread(chat));
  NUMBER(parley_chat_mentions(chat));
  NUMBER(parley_chat_member_count(chat));
  NUMBER(parley_chat_marker(chat));
  NUMBER(parley_chat_last(chat));
  NUMBER(parley_chat_last_time(chat));
  STRING(parley_chat_name(chat, &size));
  STRING(parley_chat_topic(chat, &size));
  STRING(parley_chat_last_nick(chat, &size));
  STRING(parley_chat_last_text(chat, &size));
}

static void members(const parley_member *member, const parley_room *room) {
  size_t size;
  STRING(parley_member_nick(member, &size));
  STRING(parley_member_account(member, &size));
  STRING(parley_member_roles(member, &size));
  NUMBER(parley_member_away(member));
  STRING(parley_room_name(room, &size));
  STRING(parley_room_topic(room, &size));
  NUMBER(parley_room_member_count(room));
}

static void messages(const parley_message *message) {
  size_t size;
  NUMBER(parley_message_id(message));
  NUMBER(parley_message_chat(message));
  NUMBER(parley_message_kind(message));
  NUMBER(parley_message_state(message));
  RESULT(parley_message_result(message));
  NUMBER(parley_message_is_own(message));
  NUMBER(parley_message_is_mention(message));
  NUMBER(parley_message_is_edited(message));
  NUMBER(parley_message_is_lost(message));
  NUMBER(parley_message_time(message));
  NUMBER(parley_message_sequence(message));
  NUMBER(parley_message_reply_to(message));
  STRING(parley_message_text(message, &size));
  STRING(parley_message_nick(message, &size));
  STRING(parley_message_account(message, &size));
  STRING(parley_message_target(message, &size));
  STRING(parley_message_reason(message, &size));
  STRING(parley_message_network_id(message, &size));
  STRING(parley_message_reply_network_id(message, &size));
  NUMBER(parley_message_reaction_count(message));
  STRING(parley_message_reaction(message, 0, &size));
  NUMBER(parley_message_reaction_people(message, 0));
  NUMBER(parley_message_reaction_is_own(message, 0));
  /* Sizes are optional. */
  CHECK(parley_message_text(message, NULL) == NULL);
}

/* As everything that it is not. */
static void all(void *handle) {
  engines(handle);
  events(handle);
  pages(handle);
  identities(handle);
  chats(handle);
  members(handle, handle);
  messages(handle);
}

int main(void) {
  char local[64] = {0};
  void *memory = malloc(256);
  uint64_t made_up[] = {1,          8,          0xFFFFFFFF,         0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFFFFFFFFFF,
                        0x1000000000000000, 0x1000000000100001, 0x2000000000100000, 0x3000000000100000, 0x6000000000100000};

  SAME(parley_version(), PARLEY_VERSION_MAJOR * 1000000 + PARLEY_VERSION_MINOR * 1000 + PARLEY_VERSION_PATCH);
  CHECK(strcmp(parley_error_name(PARLEY_E_TEXT), "PARLEY_E_TEXT") == 0);
  CHECK(strcmp(parley_error_name(-12345), "PARLEY_E_UNKNOWN") == 0);
  CHECK(strcmp(parley_error_name(INT32_MIN), "PARLEY_E_UNKNOWN") == 0);
  for (int32_t result = 0; result >= PARLEY_E_CERTIFICATE; result--) {
    CHECK(strcmp(parley_error_name(result), "PARLEY_E_UNKNOWN") != 0);
    CHECK(strlen(parley_error_text(result)) > 5);
  }
  SAME(parley_open(NULL, NULL), PARLEY_E_ARGUMENT);

  all(NULL);
  all(local);
  all(memory);
  for (size_t index = 0; index < sizeof made_up / sizeof *made_up; index++) all((void *)(uintptr_t)made_up[index]);

  parley_engine *engine = check_open();
  parley_id identity = parley_identity_add(engine, "ircs://localhost:1", "alice");
  CHECK(identity > 0);
  CHECK(parley_chat_open(engine, identity, "#room") > 0);
  parley_page *page;
  SAME(parley_identities(engine, 0, &page), PARLEY_OK);
  SAME(parley_page_count(page), 1);
  const parley_identity *row = parley_page_identity(page, 0);
  CHECK(strcmp(parley_identity_nick(row, NULL), "alice") == 0);

  /* Real ones, but of another kind. */
  events((const void *)engine);
  pages((void *)engine);
  messages((const void *)page);
  chats((const void *)row);
  engines((void *)page);
  CHECK(parley_page_identity(page, 1) == NULL);
  CHECK(parley_page_identity(page, SIZE_MAX) == NULL);
  CHECK(parley_page_chat(page, 0) == NULL);

  SAME(parley_page_free(page), PARLEY_OK);
  pages(page);
  identities(row);
  SAME(parley_close(engine), PARLEY_OK);
  all(engine);
  free(memory);
  return check_end();
}
