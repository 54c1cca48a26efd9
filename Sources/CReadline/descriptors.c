#include "creadline.h"

#include <errno.h>
#include <fcntl.h>

void creadline_fill_descriptors(void) {
  for (int descriptor = 0; descriptor <= 2; descriptor++) {
    if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    /* Opened the wrong way round: reading or writing fails as it would without. */
    if (open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY) < 0) return;
  }
}
