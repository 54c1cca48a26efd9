/*
 * minimal: an echo bot in twenty lines, the ones of parley.h. It says back what it is told.
 *
 *   cc minimal.c -o minimal $(pkg-config --cflags --libs parley)
 *   ./minimal irc://127.0.0.1/#lobby parrot
 */
#include <parley.h>
#include <stdio.h>

static void on_event(const parley_event *event, void *context) {
  const parley_message *message = parley_event_message(event);
  if (!parley_message_is_own(message) && parley_message_kind(message) == PARLEY_TEXT)
    parley_send(context, parley_message_chat(message), parley_message_text(message, NULL), PARLEY_ZERO_ENDED, NULL);
}

int main(int count, char **arguments) {
  parley_engine *engine;
  if (count < 3) return fprintf(stderr, "usage: minimal LINK NICK\n"), 2;
  if (parley_open(NULL, &engine) != PARLEY_OK) return 1;
  parley_subscribe(engine, PARLEY_MESSAGE, on_event, engine);
  parley_connect(engine, parley_identity_add(engine, arguments[1], arguments[2]));
  while (parley_wait(engine, -1) >= 0) {}
  return parley_close(engine);
}
