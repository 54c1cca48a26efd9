/* The Swift runtime in libparley.so reads variables that begin with SWIFT_, warns of them on standard error, and installs signal
 * handlers if one says so: all of that is the host's affair. The library is linked so that the runtime finds an empty environment
 * (--wrap, see Sources/SharedLibrary/Package.swift). Programs of the project have the host's. */
#include <stddef.h>

char *__wrap_getenv(const char *name);

char *__wrap_getenv(const char *name) {
  (void)name;
  return NULL;
}

static char *nothing[] = {NULL};
char **__wrap_environ = nothing;
char **__wrap___environ = nothing;
