/* One descriptor, one dispatch at a time, callbacks in their order, handles that are lent until the callback returns. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static int is_readable(parley_engine *engine, int milliseconds) {
  struct pollfd waiting = {parley_fd(engine), POLLIN, 0};
  return poll(&waiting, 1, milliseconds) == 1;
}

/* ---- nested ------------------------------------------------------------------------------------------------------------------ */

static char order[8];
static int32_t second_subscription;
static const parley_event *kept_event;
static const parley_chat *kept_chat;

static void *other_thread(void *engine) {
  SAME(parley_dispatch(engine, 0), PARLEY_E_BUSY);
  SAME(parley_wait(engine, 0), PARLEY_E_BUSY);
  /* Everything but dispatching goes on. */
  CHECK(parley_set(engine, "other", "thread") > 0);
  return NULL;
}

static void never(const parley_event *event, void *context) {
  (void)event, (void)context;
  strcat(order, "?");
}

static void first(const parley_event *event, void *context) {
  parley_engine *engine = context;
  if (strlen(order) > 0) return;
  strcat(order, "1");
  SAME(parley_dispatch(engine, 0), PARLEY_E_BUSY);
  SAME(parley_dispatch(engine, 1), PARLEY_E_BUSY);
  SAME(parley_wait(engine, 0), PARLEY_E_BUSY);
  pthread_t thread;
  SAME(pthread_create(&thread, NULL, other_thread, engine), 0);
  pthread_join(thread, NULL);
  /* The second is not called any more, a new one not for this event. */
  SAME(parley_unsubscribe(engine, second_subscription), PARLEY_OK);
  SAME(parley_unsubscribe(engine, second_subscription), PARLEY_E_NO_SUCH);
  int32_t new_one = parley_subscribe(engine, PARLEY_CHAT, never, NULL);
  CHECK(new_one > second_subscription);
  SAME(parley_unsubscribe(engine, new_one), PARLEY_OK);
  kept_event = event;
  kept_chat = parley_event_chat_of(event);
  CHECK(kept_chat != NULL && parley_event_chat_of(event) == kept_chat);
  CHECK(strcmp(parley_chat_name(kept_chat, NULL), "#room") == 0);
  SAME(parley_chat_id(kept_chat), parley_event_chat(event));
  CHECK(parley_event_message(event) == NULL);
  CHECK(parley_event_page(event) == NULL);
  CHECK(parley_event_text(event, NULL) == NULL);
}

static void second(const parley_event *event, void *context) {
  (void)event, (void)context;
  strcat(order, "2");
}

static void third(const parley_event *event, void *context) {
  (void)event, (void)context;
  if (strlen(order) < 2) strcat(order, "3");
}

static void nested(void) {
  parley_engine *engine = check_open();
  parley_id identity = parley_identity_add(engine, "irc://localhost:1", "alice");
  check_settle(engine);
  parley_subscribe(engine, PARLEY_CHAT, first, engine);
  second_subscription = parley_subscribe(engine, PARLEY_CHAT, second, engine);
  parley_subscribe(engine, PARLEY_EVERYTHING, third, engine);
  CHECK(parley_chat_open(engine, identity, "#room") > 0);
  for (int turn = 0; turn < 100 && strlen(order) < 2; turn++) CHECK(parley_wait(engine, 100) >= 0);
  CHECK(strcmp(order, "13") == 0);
  /* What was lent is no handle any more. */
  SAME(parley_event_kind(kept_event), 0);
  CHECK(parley_chat_name(kept_chat, NULL) == NULL);
  SAME(parley_close(engine), PARLEY_OK);
}

/* ---- the descriptor ---------------------------------------------------------------------------------------------------------- */

static int dones;

static void count_dones(const parley_event *event, void *context) {
  (void)context;
  if (parley_event_kind(event) == PARLEY_DONE) dones++;
}

static void descriptor(void) {
  parley_engine *engine = check_open();
  parley_subscribe(engine, PARLEY_EVERYTHING, count_dones, NULL);
  check_settle(engine);
  dones = 0;
  CHECK(!is_readable(engine, 0));
  SAME(parley_dispatch(engine, 0), 0);
  int constant = parley_fd(engine);
  for (int turn = 0; turn < 10; turn++) CHECK(parley_set(engine, "key", "value") > 0);
  /* One after another: readable until the last is taken. */
  int64_t end = now() + 10000;
  while (dones < 10 && now() < end) {
    if (!is_readable(engine, 1000)) continue;
    SAME(parley_fd(engine), constant);
    SAME(parley_dispatch(engine, 1), 1);
  }
  SAME(dones, 10);
  CHECK(!is_readable(engine, 0));
  SAME(parley_dispatch(engine, 0), 0);

  int64_t before = now();
  SAME(parley_wait(engine, 100), 0);
  CHECK(now() - before >= 90);
  SAME(parley_wait(engine, 0), 0);
  SAME(parley_close(engine), PARLEY_OK);
}

/* ---- a signal of the host's -------------------------------------------------------------------------------------------------- */

static volatile sig_atomic_t signals;

static void on_signal(int number) {
  (void)number;
  signals = 1;
}

static void *interrupt(void *thread) {
  struct timespec moment = {0, 100000000};
  nanosleep(&moment, NULL);
  pthread_kill(*(pthread_t *)thread, SIGUSR1);
  return NULL;
}

static void interrupted(void) {
  parley_engine *engine = check_open();
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  sigaction(SIGUSR1, &action, NULL);
  pthread_t self = pthread_self(), thread;
  check_settle(engine);
  SAME(pthread_create(&thread, NULL, interrupt, &self), 0);
  SAME(parley_wait(engine, -1), 0);
  SAME(signals, 1);
  pthread_join(thread, NULL);
  SAME(parley_close(engine), PARLEY_OK);
}

/* ---- a host that never dispatches -------------------------------------------------------------------------------------------- */

static int overruns;

static void count_overruns(const parley_event *event, void *context) {
  (void)context;
  if (parley_event_kind(event) == PARLEY_OVERRUN) overruns++;
}

static void overrun(void) {
  parley_engine *engine;
  parley_options options;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.queue_limit = 16;
  SAME(parley_open(&options, &engine), PARLEY_OK);
  parley_subscribe(engine, PARLEY_OVERRUN, count_overruns, NULL);
  parley_id identity = parley_identity_add(engine, "irc://localhost:1", "alice");
  parley_id chat = parley_chat_open(engine, identity, "#room");
  parley_request last = 0;
  for (int turn = 0; turn < 100; turn++) last = parley_send(engine, chat, "text", 4, NULL);
  CHECK(last > 0);
  /* Behind all of them: what this is waited for with is told, however full the queue is. */
  SAME(check_finish(engine, parley_set(engine, "key", "value")), PARLEY_OK);
  CHECK(overruns >= 1);
  SAME(parley_close(engine), PARLEY_OK);
}

int main(void) {
  nested();
  descriptor();
  interrupted();
  overrun();
  return check_end();
}
