/* What the library does to its host: threads, signals, descriptors; and what it does when the host has none of them left. */
#define _GNU_SOURCE
#include "check.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 256 };

static int has_threads = 1;

/* In the place of the C library's own. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
  static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
  return has_threads ? real(thread, attributes, start, argument) : EAGAIN;
}

static int is_open(int descriptor) { return fcntl(descriptor, F_GETFD) != -1; }

static int count_open(void) {
  int count = 0;
  for (int descriptor = 0; descriptor < MOST; descriptor++) count += is_open(descriptor);
  return count;
}

static long threads(void) {
  char line[256];
  long count = -1;
  FILE *file = fopen("/proc/self/status", "re");
  while (file != NULL && fgets(line, sizeof line, file)) sscanf(line, "Threads: %ld", &count);
  if (file != NULL) fclose(file);
  return count;
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* The signals that a thread other than this one blocks. */
static unsigned long long blocked_by_engine(void) {
  unsigned long long found = 0;
  char path[64], line[256];
  for (pid_t thread = getpid() + 1; thread < getpid() + 4096; thread++) {
    snprintf(path, sizeof path, "/proc/self/task/%d/status", (int)thread);
    FILE *file = fopen(path, "re");
    if (file == NULL) continue;
    while (fgets(line, sizeof line, file)) sscanf(line, "SigBlk: %llx", &found);
    fclose(file);
    break;
  }
  return found;
}

static int blocks(unsigned long long signals, int number) { return (signals >> (number - 1)) & 1; }

static void signals(void) {
  struct sigaction pipe_before, pipe_after;
  sigaction(SIGPIPE, NULL, &pipe_before);
  parley_engine *engine = check_open();
  check_settle(engine);
  unsigned long long blocked = blocked_by_engine();
  const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGABRT, SIGFPE};
  for (size_t index = 0; index < sizeof faults / sizeof *faults; index++) CHECK(!blocks(blocked, faults[index]));
  const int others[] = {SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM, SIGCHLD, SIGPROF, SIGWINCH};
  for (size_t index = 0; index < sizeof others / sizeof *others; index++) CHECK(blocks(blocked, others[index]));
  SAME(parley_close(engine), PARLEY_OK);
  /* The host's own are as they were. */
  sigset_t mine;
  pthread_sigmask(SIG_SETMASK, NULL, &mine);
  CHECK(!sigismember(&mine, SIGUSR1));
  sigaction(SIGPIPE, NULL, &pipe_after);
  CHECK(pipe_after.sa_handler == pipe_before.sa_handler);
}

static void descriptors(const char *folder) {
  int before = count_open();
  char was_open[MOST];
  for (int descriptor = 0; descriptor < MOST; descriptor++) was_open[descriptor] = (char)is_open(descriptor);
  parley_options options;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.directory = folder;
  parley_engine *engine;
  SAME(parley_open(&options, &engine), PARLEY_OK);
  parley_connect(engine, parley_identity_add(engine, "irc://127.0.0.1:1", "alice"));
  parley_connect(engine, parley_identity_add(engine, "ircs://localhost:1", "alice"));
  check_settle(engine);
  CHECK(count_open() > before);
  for (int descriptor = 0; descriptor < MOST; descriptor++)
    if (is_open(descriptor) && !was_open[descriptor]) CHECK(fcntl(descriptor, F_GETFD) & FD_CLOEXEC);
  SAME(parley_close(engine), PARLEY_OK);
  SAME(count_open(), before);
}

static void closing(void) {
  int before = count_open();
  long alone = threads();
  for (int turn = 0; turn < 50; turn++) {
    parley_engine *engine = check_open();
    CHECK(threads() <= alone + 1);
    SAME(parley_close(engine), PARLEY_OK);
    SAME(threads(), alone);
    SAME(count_open(), before);
  }
}

/* Opening fails, and closing works, without any of them. */
static void without(void) {
  parley_engine *engine = NULL, *other = check_open();
  parley_connect(other, parley_identity_add(other, "irc://localhost:1", "alice"));
  check_settle(other);
  has_threads = 0;
  SAME(parley_open(NULL, &engine), PARLEY_E_MEMORY);
  CHECK(engine == NULL);
  struct rlimit limit, low;
  getrlimit(RLIMIT_NOFILE, &limit);
  low = limit;
  low.rlim_cur = MOST;
  setrlimit(RLIMIT_NOFILE, &low);
  int taken[MOST], count = 0;
  while (count < MOST && (taken[count] = dup(0)) >= 0) count++;
  has_threads = 1;
  /* Valgrind limits some calls and not others. */
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0) {
    close(ends[0]);
    close(ends[1]);
  } else {
    SAME(parley_open(NULL, &engine), PARLEY_E_MEMORY);
    CHECK(engine == NULL);
  }
  has_threads = 0;
  int64_t begin = now();
  SAME(parley_close(other), PARLEY_OK);
  CHECK(now() - begin < 4000);
  while (count > 0) close(taken[--count]);
  setrlimit(RLIMIT_NOFILE, &limit);
  has_threads = 1;
  SAME(parley_close(check_open()), PARLEY_OK);
}

int main(int argument_count, char **arguments) {
  signals();
  descriptors(argument_count > 1 ? arguments[1] : NULL);
  closing();
  without();
  return check_end();
}
