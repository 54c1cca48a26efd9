/* Programs of other versions: options of an earlier library, which had fewer fields, and of a later one, which has more. */
#include "check.h"

/* As they were in the first drafts, and as they may become. */
struct small_options {
  size_t size;
  const char *directory;
};

struct large_options {
  parley_options known;
  const char *something_new;
};

struct small_send_options {
  size_t size;
  int32_t kind;
};

static int lines;

static void count_lines(int32_t level, const char *line, void *context) {
  (void)level;
  if (line != NULL && context == &lines) lines++;
}

int main(void) {
  parley_engine *engine;
  /* Behind the small struct lies what would be nonsense if it were read. */
  struct {
    struct small_options options;
    unsigned char beyond[128];
  } small;
  memset(&small, 0xFF, sizeof small);
  small.options.size = sizeof small.options;
  small.options.directory = NULL;
  SAME(parley_open((const void *)&small, &engine), PARLEY_OK);
  parley_id identity = parley_identity_add(engine, "irc://localhost:1", "alice");
  parley_id chat = parley_chat_open(engine, identity, "#room");
  struct {
    struct small_send_options options;
    unsigned char beyond[32];
  } send;
  memset(&send, 0xFF, sizeof send);
  send.options.size = offsetof(struct small_send_options, kind) + sizeof(int32_t);
  send.options.kind = PARLEY_NOTICE;
  CHECK(parley_send(engine, chat, "text", 4, (const void *)&send) > 0);
  SAME(parley_close(engine), PARLEY_OK);

  /* What this library does not know is allowed as long as it asks for nothing. */
  struct large_options large;
  memset(&large, 0, sizeof large);
  large.known.size = sizeof large;
  large.known.logger = count_lines;
  large.known.logger_context = &lines;
  large.known.log_level = PARLEY_LOG_DEBUG;
  SAME(parley_open((const void *)&large, &engine), PARLEY_OK);
  SAME(parley_close(engine), PARLEY_OK);
  large.something_new = "wish";
  SAME(parley_open((const void *)&large, &engine), PARLEY_E_ARGUMENT);
  CHECK(engine == NULL);

  parley_options options;
  memset(&options, 0, sizeof options);
  SAME(parley_open(&options, &engine), PARLEY_E_ARGUMENT);
  options.size = 4;
  SAME(parley_open(&options, &engine), PARLEY_E_ARGUMENT);
  options.size = (size_t)-1;
  SAME(parley_open(&options, &engine), PARLEY_E_ARGUMENT);
  options.size = sizeof options;
  options.log_level = 4;
  SAME(parley_open(&options, &engine), PARLEY_E_ARGUMENT);
  options.log_level = 0;
  options.client_name = "0123456789012345678901234567890123456789012345678901234567890123456789";
  SAME(parley_open(&options, &engine), PARLEY_E_TOO_LONG);
  options.client_name = "two\nlines";
  SAME(parley_open(&options, &engine), PARLEY_E_TEXT);
  return check_end();
}
