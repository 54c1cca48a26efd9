/* What the programs share: checks that tell what failed and go on, and waiting for requests. */
#ifndef CHECK_H
#define CHECK_H

#include <parley.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int check_failures;

/* A condition that has to hold. */
#define CHECK(condition) \
  ((condition) ? (void)0 : (void)(check_failures++, fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition)))

/* A number that has to be another one. */
#define SAME(actual, expected) check_same((long long)(actual), (long long)(expected), #actual, #expected, __FILE__, __LINE__)

static inline void check_same(
    long long actual, long long expected, const char *what, const char *wanted, const char *file, int line) {
  if (actual == expected) return;
  check_failures++;
  fprintf(stderr, "%s:%d: %s is %lld, not %s (%lld)\n", file, line, what, actual, wanted, expected);
}

/* What main() returns. */
static inline int check_end(void) {
  if (check_failures == 0) puts("ok");
  return check_failures != 0;
}

/* ---- requests ---------------------------------------------------------------------------------------------------------------- */

struct check_done {
  parley_request request;
  int32_t result;
  int is_done;
};

static inline void check_on_done(const parley_event *event, void *context) {
  struct check_done *done = (struct check_done *)context;
  if (parley_event_request(event) != done->request) return;
  done->result = parley_event_result(event);
  done->is_done = 1;
}

/* Dispatches until a request is finished; at most ten seconds. Returns its result. */
static inline int32_t check_finish(parley_engine *engine, parley_request request) {
  struct check_done done = {request, 0, 0};
  if (request <= 0) return (int32_t)request;
  int32_t subscription = parley_subscribe(engine, PARLEY_DONE, check_on_done, &done);
  for (int turn = 0; turn < 1000 && !done.is_done; turn++)
    if (parley_wait(engine, 10) < 0) break;
  parley_unsubscribe(engine, subscription);
  return done.is_done ? done.result : PARLEY_E_TIMEOUT;
}

/* Handles everything that was caused before: events come in the order in which things happened. */
static inline void check_settle(parley_engine *engine) {
  check_same(check_finish(engine, parley_set(engine, "settled", "1")), PARLEY_OK, "settling", "OK", __FILE__, __LINE__);
  while (parley_dispatch(engine, 0) > 0) {
  }
}

static inline parley_engine *check_open(void) {
  parley_engine *engine = NULL;
  SAME(parley_open(NULL, &engine), PARLEY_OK);
  if (engine == NULL) exit(check_end());
  return engine;
}

#endif
