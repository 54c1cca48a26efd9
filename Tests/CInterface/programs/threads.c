/* Eight threads on one engine, one of them dispatching: no crash, no lost request, no event twice. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include <pthread.h>

enum { THREADS = 7, TURNS = 60 };

static parley_engine *engine;
static parley_id identity;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int requested, finished;

static void on_done(const parley_event *event, void *context) {
  (void)context;
  SAME(parley_event_result(event), PARLEY_OK);
  pthread_mutex_lock(&mutex);
  finished++;
  pthread_mutex_unlock(&mutex);
}

static void *work(void *argument) {
  int number = *(int *)argument;
  for (int turn = 0; turn < TURNS; turn++) {
    char name[32], value[32];
    snprintf(name, sizeof name, "#room%d", turn % 5);
    parley_id chat = parley_chat_open(engine, identity, name);
    CHECK(chat > 0);
    CHECK(parley_send(engine, chat, "text", 4, NULL) > 0);
    snprintf(name, sizeof name, "key%d", number);
    snprintf(value, sizeof value, "%d", turn);
    CHECK(parley_set(engine, name, value) > 0);
    pthread_mutex_lock(&mutex);
    requested++;
    pthread_mutex_unlock(&mutex);
    char back[32];
    CHECK(parley_get(engine, name, back, sizeof back) > 0);
    CHECK(strcmp(value, back) == 0); /* one's own writes are seen at once */
    parley_page *page;
    SAME(parley_history(engine, chat, 0, 20, 0, &page), PARLEY_OK);
    for (size_t index = 0; index < parley_page_count(page); index++) {
      const parley_message *message = parley_page_message(page, index);
      SAME(parley_message_chat(message), chat);
      CHECK(strcmp(parley_message_text(message, NULL), "text") == 0);
    }
    SAME(parley_page_free(page), PARLEY_OK);
    SAME(parley_chats(engine, 0, &page), PARLEY_OK);
    CHECK(parley_page_count(page) > 0);
    SAME(parley_page_free(page), PARLEY_OK);
    SAME(parley_typing(engine, chat, 1), PARLEY_OK);
    int32_t subscription = parley_subscribe(engine, PARLEY_TYPING, on_done, NULL);
    CHECK(subscription > 0);
    SAME(parley_unsubscribe(engine, subscription), PARLEY_OK);
    int32_t dispatched = parley_dispatch(engine, 1);
    CHECK(dispatched == PARLEY_E_BUSY || dispatched >= 0);
  }
  return NULL;
}

int main(void) {
  pthread_t threads[THREADS];
  int numbers[THREADS];
  engine = check_open();
  identity = parley_identity_add(engine, "irc://localhost:1", "alice");
  /* Offline, messages stay queued: the only requests that end are those of parley_set(). */
  parley_subscribe(engine, PARLEY_DONE, on_done, NULL);
  for (int index = 0; index < THREADS; index++) {
    numbers[index] = index;
    SAME(pthread_create(&threads[index], NULL, work, &numbers[index]), 0);
  }
  for (int turn = 0; turn < 200; turn++) {
    int32_t handled = parley_wait(engine, 5);
    CHECK(handled == PARLEY_E_BUSY || handled >= 0);
  }
  for (int index = 0; index < THREADS; index++) pthread_join(threads[index], NULL);
  for (int turn = 0; turn < 1000 && finished < requested; turn++) CHECK(parley_wait(engine, 10) >= 0);
  SAME(finished, THREADS * TURNS);
  SAME(parley_close(engine), PARLEY_OK);
  return check_end();
}
