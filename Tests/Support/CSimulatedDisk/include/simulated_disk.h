/*
 * A disk in memory for SQLite that loses power and fails on demand, the same way for the same seed.
 *
 * Each disk is a VFS of its own under a name for sqlite3_open_v2(). It belongs to one thread; several connections of
 * that thread may use one file, in any journal mode.
 *
 * What the disk promises, and nothing more:
 *  - a write is visible at once and durable after the next successful sync of its file;
 *  - until then a crash keeps it, drops it, or tears it at 512-byte sectors, each write for itself and in no order
 *    (truncations are kept or dropped);
 *  - bytes outside a write are never touched (SQLite's "powersafe overwrite");
 *  - after a failed sync, what was to be synced is visible, but no later sync makes it durable unless it is written
 *    again;
 *  - a write that fails may have written some of its sectors;
 *  - names are durable at once: creating and deleting a file needs no sync of a folder.
 *
 * Operations are: opening (which may create), writing, truncating, syncing, deleting a file by name, and enlarging
 * shared memory. Reads are not counted and do not fail. Sleeping, time and randomness are simulated: no time passes.
 */
#ifndef SIMULATED_DISK_H
#define SIMULATED_DISK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct simulated_disk simulated_disk;

/* Registers a VFS under a name no other one has. NULL: no memory. */
simulated_disk *simulated_disk_create(const char *name, uint64_t seed);

/* Unregisters it. Its memory is freed once the last connection has been closed. */
void simulated_disk_destroy(simulated_disk *disk);

/*
 * Power is lost and comes back. Every open file answers SQLITE_IOERR from now on; files opened later show what is
 * left.
 */
void simulated_disk_crash(simulated_disk *disk);

/*
 * The crash happens within the n-th operation from now (1: the next), which may or may not have been done; 0: not at
 * all.
 */
void simulated_disk_crash_at(simulated_disk *disk, uint64_t n);

/*
 * The n-th operation from now (1: the next) fails once; 0: none. The code is an extended result code, or
 *  - SQLITE_IOERR: whichever fits the operation (SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC, SQLITE_CANTOPEN …);
 *  - SQLITE_FULL: as a full disk fails it; operations that need no room succeed.
 */
void simulated_disk_fail_at(simulated_disk *disk, uint64_t n, int code);

/*
 * The bytes by which all files together may still grow; deleting and truncating give back. Negative: no limit (the
 * default).
 */
void simulated_disk_set_budget(simulated_disk *disk, int64_t bytes);

/* Operations so far, and how many of them were syncs. */
uint64_t simulated_disk_operations(const simulated_disk *disk);
uint64_t simulated_disk_syncs(const simulated_disk *disk);

/* Reads of a file so far. */
uint64_t simulated_disk_reads(const simulated_disk *disk);

/* Crashes so far. */
uint64_t simulated_disk_crashes(const simulated_disk *disk);

/* Bytes of a file as programs see it; -1: there is none. */
int64_t simulated_disk_file_size(const simulated_disk *disk, const char *name);

/* Changes bytes of a file behind everybody's back, durably: damage to be found. 0: done; -1: no such place. */
int simulated_disk_damage(simulated_disk *disk, const char *name, int64_t offset, uint8_t mask);

#ifdef __cplusplus
}
#endif
#endif
