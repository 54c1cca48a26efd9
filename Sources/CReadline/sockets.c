#define _GNU_SOURCE
#include "creadline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The address of a socket in a folder. A path that is too long for an address is reached through the folder's descriptor, which is
   stored in `folder` for the caller to close. Returns 0, or -1. */
static int address_of(const char *directory, const char *name, struct sockaddr_un *address, int *folder) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  *folder = -1;
  int size = snprintf(address->sun_path, sizeof address->sun_path, "%s/%s", directory, name);
  if (size >= 0 && (size_t)size < sizeof address->sun_path) return 0;
  *folder = open(directory, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
  if (*folder < 0) return -1;
  size = snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/%s", *folder, name);
  return size >= 0 && (size_t)size < sizeof address->sun_path ? 0 : -1;
}

static int open_socket(void) { return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0); }

int creadline_listen(const char *directory, const char *name) {
  struct sockaddr_un address;
  int folder;
  int listener = -1;
  if (address_of(directory, name, &address, &folder) == 0 && (listener = open_socket()) >= 0) {
    unlink(address.sun_path);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 64) != 0
        || fcntl(listener, F_SETFL, O_NONBLOCK) != 0) {
      close(listener);
      listener = -1;
    }
  }
  if (folder >= 0) close(folder);
  return listener;
}

int creadline_dial(const char *directory, const char *name) {
  struct sockaddr_un address;
  int folder;
  int connection = -1;
  if (address_of(directory, name, &address, &folder) == 0 && (connection = open_socket()) >= 0
      && connect(connection, (struct sockaddr *)&address, sizeof address) != 0) {
    close(connection);
    connection = -1;
  }
  if (folder >= 0) close(folder);
  return connection;
}

int creadline_accept(int listener) {
  int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (connection < 0) return -1;
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid()) return connection;
  close(connection);
  return -1;
}

int creadline_pair(int descriptors[2]) {
  if (pipe2(descriptors, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
  return 0;
}
