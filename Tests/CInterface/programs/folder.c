/* What an engine keeps: nothing in memory only; everything in a folder, which one engine has at a time. The argument is an empty folder. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include <sys/stat.h>
#include <unistd.h>

static parley_engine *open_folder(const char *path, int32_t expected) {
  parley_engine *engine = (parley_engine *)1;
  parley_options options;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.directory = path;
  SAME(parley_open(&options, &engine), expected);
  CHECK((engine != NULL) == (expected == PARLEY_OK));
  return engine;
}

int main(int count, char **arguments) {
  char path[1000], file[1100], buffer[32];
  if (count != 2) return 2;

  /* Memory only: gone with the engine. */
  parley_engine *engine = check_open();
  SAME(check_finish(engine, parley_set(engine, "key", "value")), PARLEY_OK);
  SAME(parley_close(engine), PARLEY_OK);
  engine = check_open();
  SAME(parley_get(engine, "key", buffer, sizeof buffer), PARLEY_E_NO_SUCH);
  SAME(parley_close(engine), PARLEY_OK);

  /* A folder is made, for its owner only. */
  snprintf(path, sizeof path, "%s/one/two", arguments[1]);
  engine = open_folder(path, PARLEY_OK);
  struct stat status;
  SAME(stat(path, &status), 0);
  SAME(status.st_mode & 0777, 0700);
  parley_id identity = parley_identity_add(engine, "irc://localhost:1", "alice");
  parley_id chat = parley_chat_open(engine, identity, "#room");
  CHECK(parley_send(engine, chat, "wait for me", PARLEY_ZERO_ENDED, NULL) > 0);
  SAME(check_finish(engine, parley_set(engine, "key", "value")), PARLEY_OK);

  /* One engine at a time, in this process, too. */
  open_folder(path, PARLEY_E_LOCKED);
  SAME(parley_close(engine), PARLEY_OK);

  /* Everything is there again, under the same ids; what was queued is pending. */
  engine = open_folder(path, PARLEY_OK);
  SAME(parley_get(engine, "key", buffer, sizeof buffer), 5);
  CHECK(strcmp(buffer, "value") == 0);
  SAME(parley_identity_add(engine, "irc://localhost:1", "alice"), identity);
  SAME(parley_chat_open(engine, identity, "#room"), chat);
  parley_page *page;
  SAME(parley_history(engine, chat, 0, 10, 0, &page), PARLEY_OK);
  SAME(parley_page_count(page), 1);
  const parley_message *message = parley_page_message(page, 0);
  CHECK(message != NULL && strcmp(parley_message_text(message, NULL), "wait for me") == 0);
  SAME(parley_message_state(message), PARLEY_PENDING);
  SAME(parley_message_is_own(message), 1);
  SAME(check_finish(engine, parley_discard(engine, parley_message_id(message))), PARLEY_OK);
  SAME(parley_page_free(page), PARLEY_OK);
  SAME(parley_close(engine), PARLEY_OK);

  /* What is no folder, or no database, is said so, and not touched. */
  snprintf(file, sizeof file, "%s/file", arguments[1]);
  FILE *stream = fopen(file, "w");
  CHECK(stream != NULL && fputs("something else", stream) >= 0 && fclose(stream) == 0);
  open_folder(file, PARLEY_E_PERMISSION);
  snprintf(path, sizeof path, "%s/damaged", arguments[1]);
  SAME(mkdir(path, 0700), 0);
  snprintf(file, sizeof file, "%s/parley.db", path);
  stream = fopen(file, "w");
  CHECK(stream != NULL);
  for (int turn = 0; turn < 1000; turn++) fputs("this is no database of anybody's\n", stream);
  fclose(stream);
  open_folder(path, PARLEY_E_DAMAGED);
  SAME(stat(file, &status), 0);
  SAME(status.st_size, 33000);
  open_folder("", PARLEY_E_ARGUMENT);
  open_folder("\xFF", PARLEY_E_TEXT);
  return check_end();
}
