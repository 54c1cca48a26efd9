/* Callbacks that do not return: longjmp() and the end of a thread. The same with exceptions: throwing.cpp. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>

static enum { STAY, JUMP, END } way;
static jmp_buf place;
static int lefts, others;
static const parley_event *kept;

/* Leaves once. */
static void leave(const parley_event *event, void *context) {
  (void)context;
  int now = (int)way;
  way = STAY;
  if (now == STAY) return;
  lefts++;
  kept = event;
  if (now == JUMP) longjmp(place, 1);
  pthread_exit(NULL);
}

static void count(const parley_event *event, void *context) {
  (void)event, (void)context;
  others++;
}

static void *dispatch_once(void *engine) {
  way = END;
  for (int turn = 0; turn < 1000; turn++) parley_wait(engine, 10);
  return NULL;
}

/* Dispatches until the callback jumps here. */
static void jump(parley_engine *engine) {
  if (setjmp(place) == 0) {
    way = JUMP;
    for (int turn = 0; turn < 1000; turn++) parley_wait(engine, 10);
    CHECK(!"it did not jump");
  }
}

/* What was left is over, and the other callback is still owed the event. */
static void resume(parley_engine *engine) {
  struct pollfd waiting = {parley_fd(engine), POLLIN, 0};
  int before = others;
  SAME(parley_event_kind(kept), 0);
  SAME(poll(&waiting, 1, 0), 1);
  SAME(parley_dispatch(engine, 0), 1);
  SAME(others, before + 1);
  SAME(poll(&waiting, 1, 0), 0);
}

int main(int argument_count, char **arguments) {
  parley_options options;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.directory = argument_count > 1 ? arguments[1] : NULL;
  /* The folder can be opened again: nothing holds the engine that was left. */
  for (int round = 0; round < 3; round++) {
    parley_engine *engine = NULL;
    SAME(parley_open(&options, &engine), PARLEY_OK);
    check_settle(engine);
    parley_subscribe(engine, PARLEY_DONE, leave, NULL);
    parley_subscribe(engine, PARLEY_DONE, count, NULL);

    CHECK(parley_set(engine, "key", "one") > 0);
    jump(engine);
    resume(engine);

    CHECK(parley_set(engine, "key", "two") > 0);
    pthread_t thread;
    SAME(pthread_create(&thread, NULL, dispatch_once, engine), 0);
    pthread_join(thread, NULL);
    resume(engine);

    /* Once more, and then the end. */
    CHECK(parley_set(engine, "key", "three") > 0);
    jump(engine);
    SAME(parley_close(engine), PARLEY_OK);
    SAME(parley_dispatch(engine, 0), PARLEY_E_HANDLE);
  }
  SAME(lefts, 9);
  return check_end();
}
