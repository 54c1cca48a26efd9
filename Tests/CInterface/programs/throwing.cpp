// C++ exceptions out of callbacks.
#include "check.h"

#include <poll.h>

#include <stdexcept>

static bool throws;
static int caught, others;

static void raise_error(const parley_event *event, void *) {
  if (!throws) return;
  throws = false;
  throw std::runtime_error(parley_event_kind(event) == PARLEY_DONE ? "done" : "something else");
}

// Closes the engine, and then does not return.
static void close_and_throw(const parley_event *, void *engine) {
  if (!throws) return;
  throws = false;
  SAME(parley_close(static_cast<parley_engine *>(engine)), PARLEY_OK);
  throw std::runtime_error("closed");
}

static void count(const parley_event *, void *) { others++; }

static void wait_for_error(parley_engine *engine) {
  throws = true;
  try {
    for (int turn = 0; turn < 1000; turn++) parley_wait(engine, 10);
  } catch (const std::runtime_error &) {
    caught++;
  }
}

int main(int, char **arguments) {
  parley_options options;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.directory = arguments[1];
  for (int round = 0; round < 3; round++) {
    parley_engine *engine = nullptr;
    SAME(parley_open(&options, &engine), PARLEY_OK);
    check_settle(engine);
    int32_t raising = parley_subscribe(engine, PARLEY_DONE, raise_error, nullptr);
    parley_subscribe(engine, PARLEY_DONE, count, nullptr);
    others = 0;
    for (int turn = 0; turn < 10; turn++) {
      CHECK(parley_set(engine, "key", "value") > 0);
      wait_for_error(engine);
      pollfd waiting = {parley_fd(engine), POLLIN, 0};
      SAME(poll(&waiting, 1, 0), 1);
      SAME(parley_dispatch(engine, 0), 1);
    }
    SAME(others, 10);
    SAME(parley_unsubscribe(engine, raising), PARLEY_OK);
    SAME(check_finish(engine, parley_set(engine, "key", nullptr)), PARLEY_OK);
    if (round == 2) {
      parley_subscribe(engine, PARLEY_DONE, close_and_throw, engine);
      CHECK(parley_set(engine, "key", "value") > 0);
      wait_for_error(engine);
      SAME(parley_close(engine), PARLEY_E_HANDLE);
    } else {
      SAME(parley_close(engine), PARLEY_OK);
    }
  }
  SAME(caught, 31);
  return check_end();
}
