/* What Swift cannot import from sqlite3.h: macros with casts and functions with variable arguments. */
#ifndef PARLEY_CSQLITE_SHIM_H
#define PARLEY_CSQLITE_SHIM_H

#include <sqlite3.h>
#include <stdint.h>
#include <string.h>

/* SQLite copies the bytes before the call returns. */
static inline int parley_sqlite_bind_text(sqlite3_stmt *statement, int index, const char *bytes, int count) {
  return sqlite3_bind_text(statement, index, bytes, count, SQLITE_TRANSIENT);
}

static inline int parley_sqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, int count) {
  return sqlite3_bind_blob(statement, index, bytes, count, SQLITE_TRANSIENT);
}

/* Closing the last connection must not copy the write-ahead log back. */
static inline int parley_sqlite_no_checkpoint_on_close(sqlite3 *database) {
  return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}

/* Schema text in the file may not call functions with side effects; identifiers are never strings. */
static inline int parley_sqlite_harden(sqlite3 *database) {
  int result = sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
  if (result == SQLITE_OK) result = sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)0);
  if (result == SQLITE_OK) result = sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DML, 0, (int *)0);
  return result;
}

/* Before any connection is opened. */
static inline int parley_sqlite_disable_memory_statistics(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

static inline uint64_t parley_checksum_mix(uint64_t sum, uint64_t value) {
  sum = (sum ^ value) * 0x9E3779B97F4A7C15u;
  return sum ^ (sum >> 29);
}

/* Type, length and bytes of each argument, as 31 bits: not against forgers, but against disks that flip bits. */
static inline void parley_checksum(sqlite3_context *context, int count, sqlite3_value **values) {
  uint64_t sum = (uint64_t)count;
  for (int i = 0; i < count; i++) {
    int type = sqlite3_value_type(values[i]);
    sum = parley_checksum_mix(sum, (uint64_t)type);
    if (type == SQLITE_INTEGER) {
      sum = parley_checksum_mix(sum, (uint64_t)sqlite3_value_int64(values[i]));
    } else if (type != SQLITE_NULL) {
      const char *bytes =
          type == SQLITE_BLOB ? (const char *)sqlite3_value_blob(values[i]) : (const char *)sqlite3_value_text(values[i]);
      int length = sqlite3_value_bytes(values[i]);
      uint64_t word;
      sum = parley_checksum_mix(sum, (uint64_t)length);
      for (; bytes && length >= 8; bytes += 8, length -= 8) {
        memcpy(&word, bytes, 8);
        sum = parley_checksum_mix(sum, word);
      }
      word = 0;
      if (bytes && length > 0) memcpy(&word, bytes, (size_t)length);
      sum = parley_checksum_mix(sum, word);
    }
  }
  sqlite3_result_int64(context, (sqlite3_int64)((sum ^ (sum >> 32)) & 0x7FFFFFFF));
}

/* The SQL function checksum(...), of any number of values. The schema's triggers may call it. */
static inline int parley_sqlite_add_checksum(sqlite3 *database) {
  return sqlite3_create_function_v2(
      database, "checksum", -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, (void *)0, parley_checksum,
      (void (*)(sqlite3_context *, int, sqlite3_value **))0, (void (*)(sqlite3_context *))0, (void (*)(void *))0);
}

#endif
