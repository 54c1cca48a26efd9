/* The end of an engine: pages outlive it, nothing else does; inside a callback it comes after the dispatch. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include <pthread.h>
#include <time.h>

static int calls;

static void close_inside(const parley_event *event, void *context) {
  parley_engine *engine = context;
  char buffer[8];
  calls++;
  SAME(parley_close(engine), PARLEY_OK);
  SAME(parley_close(engine), PARLEY_E_CLOSED);
  SAME(parley_set(engine, "key", "value"), PARLEY_E_CLOSED);
  SAME(parley_get(engine, "key", buffer, sizeof buffer), PARLEY_E_CLOSED);
  SAME(parley_dispatch(engine, 0), PARLEY_E_CLOSED);
  SAME(parley_wait(engine, 0), PARLEY_E_CLOSED);
  SAME(parley_subscribe(engine, PARLEY_DONE, close_inside, engine), PARLEY_E_CLOSED);
  SAME(parley_unsubscribe(engine, 1), PARLEY_E_CLOSED);
  SAME(parley_send(engine, 1, "text", PARLEY_ZERO_ENDED, NULL), PARLEY_E_CLOSED);
  /* The event is still lent. */
  SAME(parley_event_kind(event), PARLEY_DONE);
  CHECK(parley_fd(engine) >= 0);
}

static void *close_later(void *engine) {
  struct timespec moment = {0, 100000000};
  nanosleep(&moment, NULL);
  SAME(parley_close(engine), PARLEY_OK);
  return NULL;
}

int main(void) {
  /* A page, and its strings, outlive the engine. */
  parley_engine *engine = check_open();
  parley_id identity = parley_identity_add(engine, "irc://localhost:1", "alice");
  CHECK(identity > 0);
  parley_page *page;
  SAME(parley_identities(engine, identity, &page), PARLEY_OK);
  SAME(parley_close(engine), PARLEY_OK);
  SAME(parley_close(engine), PARLEY_E_HANDLE);
  size_t size;
  CHECK(strcmp(parley_identity_nick(parley_page_identity(page, 0), &size), "alice") == 0);
  SAME(size, 5);
  CHECK(parley_identity_account(parley_page_identity(page, 0), &size) == NULL);
  SAME(size, 0);
  SAME(parley_page_free(page), PARLEY_OK);
  SAME(parley_page_free(page), PARLEY_E_HANDLE);

  /* Inside a callback: no other callback comes, and the handle is gone afterwards. */
  engine = check_open();
  parley_subscribe(engine, PARLEY_DONE, close_inside, engine);
  parley_subscribe(engine, PARLEY_DONE, close_inside, engine);
  CHECK(parley_set(engine, "key", "value") > 0);
  CHECK(parley_set(engine, "key", "other") > 0);
  for (int turn = 0; turn < 100 && calls == 0; turn++) CHECK(parley_wait(engine, 100) >= 0);
  SAME(calls, 1);
  SAME(parley_wait(engine, 0), PARLEY_E_HANDLE);
  SAME(parley_fd(engine), PARLEY_E_HANDLE);

  /* From another thread: it ends a wait without end. */
  engine = check_open();
  pthread_t thread;
  SAME(pthread_create(&thread, NULL, close_later, engine), 0);
  int32_t result;
  do result = parley_wait(engine, -1);
  while (result >= 0);
  CHECK(result == PARLEY_E_CLOSED || result == PARLEY_E_HANDLE);
  pthread_join(thread, NULL);
  SAME(parley_wait(engine, 0), PARLEY_E_HANDLE);

  /* Many, one after another: nothing is left behind. */
  for (int turn = 0; turn < 20; turn++) SAME(parley_close(check_open()), PARLEY_OK);
  return check_end();
}
