/* A thread sees what it has called, and knows its requests by tags of its own. */
#include "check.h"

struct seen {
  int64_t tags[8];
  int count;
};

static void on_done(const parley_event *event, void *context) {
  struct seen *seen = (struct seen *)context;
  if (seen->count < 8) seen->tags[seen->count++] = parley_event_tag(event);
}

static int64_t rows(parley_engine *engine, parley_id chat) {
  parley_page *page = NULL;
  SAME(parley_history(engine, chat, 0, 1000, 0, &page), PARLEY_OK);
  int64_t count = (int64_t)parley_page_count(page);
  SAME(parley_page_free(page), PARLEY_OK);
  return count;
}

int main(void) {
  parley_engine *engine = check_open();
  parley_page *page = NULL;
  parley_id identity = parley_identity_add(engine, "irc://127.0.0.1:1", "alice");
  parley_id chat = parley_chat_open(engine, identity, "bob");
  for (int number = 1; number <= 100; number++) {
    CHECK(parley_send(engine, chat, "text", 4, NULL) > 0);
    SAME(rows(engine, chat), number);
    SAME(parley_identities(engine, identity, &page), PARLEY_OK);
    SAME(parley_identity_pending(parley_page_identity(page, 0)), number);
    SAME(parley_page_free(page), PARLEY_OK);
  }
  CHECK(parley_chat_remove(engine, chat) > 0);
  SAME(parley_chat_page(engine, chat, &page), PARLEY_E_NO_SUCH);
  check_settle(engine);

  struct seen seen = {{0}, 0};
  CHECK(parley_subscribe(engine, PARLEY_DONE, on_done, &seen) > 0);
  SAME(parley_tag(engine, 7), PARLEY_OK);
  CHECK(parley_set(engine, "a", "1") > 0);
  CHECK(parley_set(engine, "a", "2") > 0);
  /* One that fails uses it up as well. */
  SAME(parley_tag(engine, 8), PARLEY_OK);
  SAME(parley_set(engine, "", "3"), PARLEY_E_ARGUMENT);
  CHECK(parley_set(engine, "a", "4") > 0);
  check_settle(engine);
  CHECK(seen.count >= 3);
  SAME(seen.tags[0], 7);
  SAME(seen.tags[1], 0);
  SAME(seen.tags[2], 0);
  SAME(parley_network_changed(engine), PARLEY_OK);
  SAME(parley_close(engine), PARLEY_OK);
  return check_end();
}
