/* Calls the host's callbacks. It is not Swift, because a callback may never return: a C++ exception, longjmp(), pthread_exit() and
 * cancellation leave it through this code, which says so to the engine. No code in Swift stands between it and the host then but
 * one function that holds nothing. */
#ifndef PARLEY_CHOST_H
#define PARLEY_CHOST_H

#include <stdint.h>

/* The library exports what parley.h declares, and nothing of this. */
#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

/* A callback that is due. */
typedef struct {
  void (*function)(void *event, void *context);
  void *event;
  void *context;
} parley_call;

/* The engine's side. */
typedef struct {
  /* Waits for events; negative: an error, 0: there are none. */
  int32_t (*wait)(uint64_t engine, int32_t milliseconds);
  /* Finds the next callback that is due. Returns 0 if there is none. */
  int32_t (*next)(uint64_t engine, parley_call *call);
  /* The end, whichever it is. Returns how many events were handled. */
  int32_t (*finish)(uint64_t engine);
} parley_dispatcher;

/* Runs all callbacks that are due, after a wait unless milliseconds is PARLEY_NO_WAIT. Returns how many events were handled, or what
 * the wait returned. */
int32_t parley_run(uint64_t engine, int32_t milliseconds, const parley_dispatcher *dispatcher);

#define PARLEY_NO_WAIT (-2)

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
