/* A child has none of the parent's threads: there everything is refused, nothing waits, and nothing of the parent's is closed. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include <sys/wait.h>
#include <unistd.h>

static void nobody(const parley_event *event, void *context) { (void)event, (void)context; }

static int child(parley_engine *engine, parley_id identity, parley_page *kept) {
  parley_engine *other = NULL;
  parley_page *page = NULL;
  char buffer[8];
  alarm(10); /* what waits for a lock that nobody will release ends here */
  SAME(parley_open(NULL, &other), PARLEY_E_FORKED);
  SAME(parley_dispatch(engine, 0), PARLEY_E_FORKED);
  SAME(parley_wait(engine, -1), PARLEY_E_FORKED);
  SAME(parley_fd(engine), PARLEY_E_FORKED);
  SAME(parley_subscribe(engine, PARLEY_DONE, nobody, NULL), PARLEY_E_FORKED);
  SAME(parley_unsubscribe(engine, 1), PARLEY_E_FORKED);
  SAME(parley_set(engine, "key", "value"), PARLEY_E_FORKED);
  SAME(parley_get(engine, "key", buffer, sizeof buffer), PARLEY_E_FORKED);
  SAME(parley_identity_add(engine, "irc://localhost", "bob"), PARLEY_E_FORKED);
  SAME(parley_connect(engine, identity), PARLEY_E_FORKED);
  SAME(parley_identities(engine, 0, &page), PARLEY_E_FORKED);
  SAME(parley_send(engine, 1, "text", 4, NULL), PARLEY_E_FORKED);
  SAME(parley_read(engine, 1), PARLEY_E_FORKED);
  SAME(parley_page_free(kept), PARLEY_E_FORKED);
  SAME(parley_page_count(kept), 0);
  CHECK(parley_page_identity(kept, 0) == NULL);
  SAME(parley_close(engine), PARLEY_E_FORKED);
  SAME(parley_close(NULL), PARLEY_E_FORKED);
  CHECK(strcmp(parley_error_name(PARLEY_E_FORKED), "PARLEY_E_FORKED") == 0);
  return check_end();
}

int main(void) {
  /* Before the first engine a fork means nothing. */
  pid_t early = fork();
  if (early == 0) {
    parley_engine *engine = check_open();
    SAME(parley_close(engine), PARLEY_OK);
    _exit(check_end());
  }
  int status = -1;
  waitpid(early, &status, 0);
  SAME(status, 0);

  parley_engine *engine = check_open();
  parley_id identity = parley_identity_add(engine, "irc://localhost:1", "alice");
  parley_page *page;
  SAME(parley_identities(engine, 0, &page), PARLEY_OK);
  fflush(NULL);
  pid_t pid = fork();
  if (pid == 0) _exit(child(engine, identity, page));
  waitpid(pid, &status, 0);
  SAME(status, 0);
  /* The parent goes on. */
  SAME(check_finish(engine, parley_set(engine, "key", "value")), PARLEY_OK);
  SAME(parley_page_count(page), 1);
  SAME(parley_page_free(page), PARLEY_OK);
  SAME(parley_close(engine), PARLEY_OK);
  return check_end();
}
