#include "creadline.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static int signal_pipe[2] = { -1, -1 };

static void on_signal(int number) {
  int error = errno;
  unsigned char byte = (unsigned char)number;
  /* A full pipe means that one of them already waits to be read: nothing is lost that matters. */
  if (write(signal_pipe[1], &byte, 1) < 0) errno = error;
  errno = error;
}

/* Signals that end a program come first: scripts have only these. */
static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH };
enum { ending_numbers = 3 };

static void mask(int how) {
  sigset_t set;
  sigemptyset(&set);
  for (size_t index = 0; index < sizeof numbers / sizeof *numbers; index++) sigaddset(&set, numbers[index]);
  pthread_sigmask(how, &set, NULL);
}

void creadline_signals_begin(void) { mask(SIG_UNBLOCK); }

int creadline_signals(int is_script) {
  if (signal_pipe[0] >= 0) return signal_pipe[0];
  if (pipe(signal_pipe) != 0) return -1;
  for (int index = 0; index < 2; index++) {
    fcntl(signal_pipe[index], F_SETFL, O_NONBLOCK);
    fcntl(signal_pipe[index], F_SETFD, FD_CLOEXEC);
  }
  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_handler = on_signal;
  /* The second signal ends a script at once. */
  action.sa_flags = SA_RESTART | (is_script ? (int)SA_RESETHAND : 0);
  size_t count = is_script ? ending_numbers : sizeof numbers / sizeof *numbers;
  for (size_t index = 0; index < count; index++) {
    struct sigaction before;
    /* nohup, and shells that start something in the background, have the program ignore some. */
    if (is_script && sigaction(numbers[index], NULL, &before) == 0 && before.sa_handler == SIG_IGN) continue;
    sigaction(numbers[index], &action, NULL);
  }
  action.sa_flags = 0;
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, NULL);
  mask(SIG_BLOCK);
  return signal_pipe[0];
}

long creadline_ask_secret(const char *prompt, char *buffer, size_t capacity) {
  int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
  if (terminal < 0 || capacity == 0) return -1;
  enum { interrupt = 3 };
  struct termios before, quiet;
  if (tcgetattr(terminal, &before) != 0) {
    close(terminal);
    return -1;
  }
  quiet = before;
  /* Ctrl+C ends the question, not the program with the terminal left silent. */
  quiet.c_lflag &= (tcflag_t)~(ECHO | ISIG);
  quiet.c_cc[VEOL] = interrupt;
  tcsetattr(terminal, TCSAFLUSH, &quiet);
  long size = write(terminal, prompt, strlen(prompt)) < 0 ? -1 : 0;
  /* One byte at a time: what follows the line is not ours. */
  while (size >= 0) {
    char byte;
    ssize_t count = read(terminal, &byte, 1);
    if (count != 1 || byte == interrupt || (byte != '\n' && (size_t)size + 1 == capacity)) {
      size = -1;
    } else if (byte == '\n') {
      break;
    } else {
      buffer[size++] = byte;
    }
  }
  buffer[size < 0 ? 0 : size] = 0;
  tcsetattr(terminal, TCSAFLUSH, &before);
  if (write(terminal, "\n", 1) < 0) size = -1;
  close(terminal);
  return size;
}
