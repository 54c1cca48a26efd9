/*
 * Measures what an engine costs its host. Prints one figure a line.
 *
 *   footprint fill FOLDER COUNT     makes a folder with so many messages, said by a server inside this program
 *   footprint measure FOLDER        opens it: time to the first event; then memory and threads when idle
 */
#define _POSIX_C_SOURCE 200809L
#include <parley.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void fail(const char *what) {
  fprintf(stderr, "footprint: %s\n", what);
  exit(1);
}

static parley_engine *open_folder(const char *folder) {
  parley_engine *engine;
  parley_options options;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.directory = folder;
  int32_t result = parley_open(&options, &engine);
  if (result != PARLEY_OK) fail(parley_error_text(result));
  return engine;
}

/* ---- a server that welcomes whoever comes, and then says a great deal ---------------------------------------------------------- */

static int listener;
static long wanted;

static void write_all(int socket, const char *text) {
  size_t size = strlen(text);
  while (size > 0) {
    ssize_t count = write(socket, text, size);
    if (count <= 0) return;
    text += count;
    size -= (size_t)count;
  }
}

static void *serve(void *context) {
  char bytes[4096], line[512];
  size_t used = 0;
  int socket = accept(listener, NULL, NULL);
  (void)context;
  for (;;) {
    ssize_t count = read(socket, bytes + used, sizeof bytes - 1 - used);
    if (count <= 0) break;
    used += (size_t)count;
    bytes[used] = 0;
    for (char *end; (end = strstr(bytes, "\r\n")) != NULL;) {
      *end = 0;
      char *rest = end + 2;
      if (strncmp(bytes, "CAP LS", 6) == 0) write_all(socket, ":server CAP * LS :server-time\r\n");
      if (strncmp(bytes, "CAP REQ", 7) == 0) {
        snprintf(line, sizeof line, ":server CAP * ACK %s\r\n", strchr(bytes + 7, ':') ? strchr(bytes + 7, ':') : ":");
        write_all(socket, line);
      }
      if (strncmp(bytes, "CAP END", 7) == 0)
        write_all(socket, ":server 001 reader :Welcome\r\n:server 005 reader NETWORK=Test :are supported\r\n"
                          ":server 422 reader :No message of the day\r\n");
      if (strncmp(bytes, "PING", 4) == 0) {
        snprintf(line, sizeof line, ":server PONG server %s\r\n", bytes + 5);
        write_all(socket, line);
      }
      if (strncmp(bytes, "JOIN", 4) == 0) {
        write_all(socket, ":reader!r@h JOIN #room\r\n:server 353 reader = #room :reader talker\r\n"
                          ":server 366 reader #room :End of names\r\n");
        for (long number = 0; number < wanted; number++) {
          snprintf(line, sizeof line,
                   ":talker!t@h PRIVMSG #room :message number %ld, with a few words that somebody may search for one day\r\n",
                   number);
          write_all(socket, line);
        }
      }
      used -= (size_t)(rest - bytes);
      memmove(bytes, rest, used + 1);
    }
  }
  close(socket);
  return NULL;
}

static long received;

static void count_message(const parley_event *event, void *context) {
  (void)context;
  if (parley_message_kind(parley_event_message(event)) == PARLEY_TEXT) received++;
}

static int fill(const char *folder, long count) {
  struct sockaddr_in address;
  socklen_t size = sizeof address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 1) != 0 ||
      getsockname(listener, (struct sockaddr *)&address, &size) != 0)
    fail("no socket");
  wanted = count;
  pthread_t thread;
  if (pthread_create(&thread, NULL, serve, NULL) != 0) fail("no thread");
  char link[64];
  snprintf(link, sizeof link, "irc://127.0.0.1:%d/#room", ntohs(address.sin_port));
  parley_engine *engine = open_folder(folder);
  parley_subscribe(engine, PARLEY_MESSAGE, count_message, NULL);
  double begin = now();
  parley_connect(engine, parley_identity_add(engine, link, "reader"));
  while (received < count)
    if (parley_wait(engine, 60000) <= 0) fail("the messages do not come");
  printf("received            %.0f messages a second\n", (double)count / (now() - begin) * 1e3);
  parley_close(engine);
  pthread_join(thread, NULL);
  return 0;
}

/* ---- figures ------------------------------------------------------------------------------------------------------------------- */

static long status_value(const char *name) {
  char line[256];
  long value = -1;
  FILE *file = fopen("/proc/self/status", "r");
  if (file == NULL) return -1;
  while (fgets(line, sizeof line, file))
    if (strncmp(line, name, strlen(name)) == 0) value = strtol(line + strlen(name), NULL, 10);
  fclose(file);
  return value;
}

static double first;

static void on_first(const parley_event *event, void *context) {
  (void)event, (void)context;
  if (first == 0) first = now();
}

static int measure(const char *folder) {
  long threads = status_value("Threads:"), before = status_value("VmRSS:");
  double begin = now();
  parley_engine *engine = open_folder(folder);
  parley_subscribe(engine, PARLEY_EVERYTHING, on_first, NULL);
  double opened = now();
  parley_page *page;
  if (parley_identities(engine, 0, &page) != PARLEY_OK || parley_page_count(page) != 1) fail("the folder has no identity");
  parley_connect(engine, parley_identity_id(parley_page_identity(page, 0)));
  parley_page_free(page);
  while (first == 0)
    if (parley_wait(engine, 10000) <= 0) fail("no event");
  printf("opened after        %.1f ms\n", opened - begin);
  printf("first event after   %.1f ms\n", first - begin);
  parley_chats(engine, 0, &page);
  parley_id chat = 0;
  for (size_t index = 0; index < parley_page_count(page); index++)
    if (parley_chat_kind(parley_page_chat(page, index)) == PARLEY_ROOM) chat = parley_chat_id(parley_page_chat(page, index));
  parley_page_free(page);
  begin = now();
  if (parley_history(engine, chat, 0, 200, 0, &page) != PARLEY_OK || parley_page_count(page) != 200) fail("no history");
  printf("200 rows after      %.1f ms\n", now() - begin);
  parley_page_free(page);
  /* Idle: what came after opening is done. */
  for (double end = now() + 3000; now() < end;) parley_wait(engine, 100);
  printf("resident            %.1f MB (%.1f MB before the engine was opened)\n", (double)status_value("VmRSS:") / 1024,
         (double)before / 1024);
  printf("of its own          %.1f MB (the rest are pages of files, which processes share)\n",
         (double)status_value("RssAnon:") / 1024);
  printf("threads             %ld (%ld before)\n", status_value("Threads:"), threads);
  parley_close(engine);
  return 0;
}

int main(int count, char **arguments) {
  if (count == 4 && strcmp(arguments[1], "fill") == 0) return fill(arguments[2], strtol(arguments[3], NULL, 10));
  if (count == 3 && strcmp(arguments[1], "measure") == 0) return measure(arguments[2]);
  fputs("usage: footprint fill FOLDER COUNT | footprint measure FOLDER\n", stderr);
  return 2;
}
