#include "creadline.h"

#include <errno.h>
#include <iconv.h>
#include <langinfo.h>
#include <stdio.h>

size_t creadline_convert(
    const unsigned char *bytes, size_t size, unsigned char *result, size_t capacity, int from_utf8) {
  char name[80];
  snprintf(name, sizeof name, "%.60s//TRANSLIT", nl_langinfo(CODESET));
  iconv_t converter = from_utf8 ? iconv_open(name, "UTF-8") : iconv_open("UTF-8", nl_langinfo(CODESET));
  if (converter == (iconv_t)-1) return 0;
  char *input = (char *)bytes, *output = (char *)result;
  size_t input_left = size, output_left = capacity;
  while (input_left > 0 && output_left > 0) {
    if (iconv(converter, &input, &input_left, &output, &output_left) != (size_t)-1) break;
    if (errno == E2BIG) break;
    if (!from_utf8) {
      output_left = capacity + 1;
      break;
    }
    /* A byte, and what belongs to it, that has no counterpart. */
    do {
      input++;
      input_left--;
    } while (input_left > 0 && ((unsigned char)*input & 0xC0) == 0x80);
    *output++ = '?';
    output_left--;
  }
  iconv_close(converter);
  return capacity - output_left; /* SIZE_MAX after what is no text */
}
