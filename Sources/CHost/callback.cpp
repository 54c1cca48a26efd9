// C++ only because its destructors run when an exception, or the end of the thread, leaves the frame.
#include "chost.h"

#include <pthread.h>

#if defined(__GLIBC__)
// The GNU C library's longjmp() runs the handlers of the frames that it leaves, if they were pushed by these functions, which are as
// old as its threads. No header declares them any more.
extern "C" void _pthread_cleanup_push(_pthread_cleanup_buffer *, void (*)(void *), void *) __attribute__((weak));
extern "C" void _pthread_cleanup_pop(_pthread_cleanup_buffer *, int) __attribute__((weak));
#endif

namespace {

class Run {
 public:
  Run(uint64_t engine, const parley_dispatcher *dispatcher) : engine_(engine), dispatcher_(dispatcher) {
#if defined(__GLIBC__)
    if (_pthread_cleanup_push) _pthread_cleanup_push(&buffer_, left, this);
#endif
  }

  ~Run() {
#if defined(__GLIBC__)
    if (_pthread_cleanup_pop) _pthread_cleanup_pop(&buffer_, 0);
#endif
    finish();
  }

  Run(const Run &) = delete;
  Run &operator=(const Run &) = delete;

  int32_t finish() {
    if (!isRunning_) return 0;
    isRunning_ = false;
    return dispatcher_->finish(engine_);
  }

 private:
  static void left(void *run) { static_cast<Run *>(run)->finish(); }

  uint64_t engine_;
  const parley_dispatcher *dispatcher_;
  bool isRunning_ = true;
#if defined(__GLIBC__)
  _pthread_cleanup_buffer buffer_;
#endif
};

}  // namespace

int32_t parley_run(uint64_t engine, int32_t milliseconds, const parley_dispatcher *dispatcher) {
  Run run(engine, dispatcher);
  if (milliseconds != PARLEY_NO_WAIT) {
    int32_t waited = dispatcher->wait(engine, milliseconds);
    if (waited <= 0) return waited;
  }
  for (parley_call call; dispatcher->next(engine, &call);) call.function(call.event, call.context);
  return run.finish();
}
