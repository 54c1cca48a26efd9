#include "creadline.h"

#include <errno.h>
#include <iconv.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static char codeset[64] = "UTF-8";

static int names_utf8(const char *name) { return strcasecmp(name, "UTF-8") == 0 || strcasecmp(name, "UTF8") == 0; }

/* The value of the first of the variables that decide about characters; NULL: none is set. */
static const char *locale_name(void) {
  static const char *const variables[] = { "LC_ALL", "LC_CTYPE", "LANG" };
  for (size_t index = 0; index < sizeof variables / sizeof *variables; index++) {
    const char *value = getenv(variables[index]);
    if (value && *value) return value;
  }
  return NULL;
}

/* Takes a locale with UTF-8. readline asks the environment once more, and so it has to say the same. */
static void take_utf8(void) {
  static const char *const names[] = { "C.UTF-8", "en_US.UTF-8", "UTF-8" };
  strcpy(codeset, "UTF-8");
  for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
    if (!setlocale(LC_CTYPE, names[index])) continue;
    unsetenv("LC_ALL");
    setenv("LC_CTYPE", names[index], 1);
    return;
  }
}

static int converts(const char *name) {
  iconv_t converter = iconv_open("UTF-8", name);
  if (converter == (iconv_t)-1) return 0;
  iconv_close(converter);
  return 1;
}

void creadline_set_up_locale(void) {
  const char *name = locale_name();
  int is_there = setlocale(LC_ALL, "") != NULL;
  if (!name || strcmp(name, "C") == 0 || strcmp(name, "POSIX") == 0) {
    take_utf8();
  } else if (is_there) {
    snprintf(codeset, sizeof codeset, "%s", nl_langinfo(CODESET));
    if (names_utf8(codeset)) strcpy(codeset, "UTF-8");
  } else {
    /* A locale that this computer does not have: its name says which encoding it would have. */
    char given[64] = "";
    const char *dot = strchr(name, '.');
    if (dot) snprintf(given, sizeof given, "%.*s", (int)strcspn(dot + 1, "@"), dot + 1);
    if (*given && !names_utf8(given) && converts(given)) {
      strcpy(codeset, given);
    } else {
      take_utf8();
    }
  }
}

int creadline_is_utf8(void) { return strcmp(codeset, "UTF-8") == 0; }

long creadline_convert(
    const unsigned char *bytes, size_t size, unsigned char *result, size_t capacity, int from_utf8) {
  char name[80];
  snprintf(name, sizeof name, "%.60s//TRANSLIT", codeset);
  iconv_t converter = from_utf8 ? iconv_open(name, "UTF-8") : iconv_open("UTF-8", codeset);
  if (converter == (iconv_t)-1) return -1;
  char *input = (char *)bytes, *output = (char *)result;
  size_t input_left = size, output_left = capacity;
  int is_text = 1;
  while (input_left > 0 && output_left > 0) {
    if (iconv(converter, &input, &input_left, &output, &output_left) != (size_t)-1) break;
    if (errno == E2BIG) break;
    if (!from_utf8) {
      is_text = 0;
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
  return is_text ? (long)(capacity - output_left) : -1;
}
