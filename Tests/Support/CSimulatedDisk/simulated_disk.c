#include "simulated_disk.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { SECTOR = 512, SHM_LOCKS = SQLITE_SHM_NLOCK };

/* MARK: - Content */

typedef struct image {
  uint8_t *bytes;
  int64_t size;
  int64_t capacity;
} image;

static int image_reserve(image *image, int64_t size) {
  if (size <= image->capacity) return 1;
  int64_t capacity = image->capacity ? image->capacity : 4096;
  while (capacity < size) capacity *= 2;
  uint8_t *bytes = realloc(image->bytes, (size_t)capacity);
  if (!bytes) return 0;
  image->bytes = bytes;
  image->capacity = capacity;
  return 1;
}

static int image_resize(image *image, int64_t size) {
  if (!image_reserve(image, size)) return 0;
  if (size > image->size) memset(image->bytes + image->size, 0, (size_t)(size - image->size));
  image->size = size;
  return 1;
}

static int image_write(image *image, int64_t offset, const uint8_t *bytes, int64_t count) {
  if (offset + count > image->size && !image_resize(image, offset + count)) return 0;
  memcpy(image->bytes + offset, bytes, (size_t)count);
  return 1;
}

/* A write, or with no bytes a truncation to `offset`, that has not been synced. */
typedef struct change {
  struct change *next;
  int64_t offset;
  int64_t count;
  int is_truncation;
  /* A sync of it has failed. */
  int is_abandoned;
  uint8_t bytes[];
} change;

/* MARK: - Files */

typedef struct shared_memory {
  int references;
  int count;
  int region_size;
  uint8_t **regions;
  struct handle *handles;
} shared_memory;

typedef struct file {
  struct file *next;
  char *name; /* NULL: deleted, or never had one */
  int references;
  image current;
  image durable;
  change *first_change;
  change **last_change;
  struct handle *handles;
  shared_memory *memory;
} file;

typedef struct handle {
  sqlite3_file base;
  simulated_disk *disk;
  file *file;
  uint64_t life; /* of the disk when opened */
  int lock;
  int is_deleted_on_close;
  struct handle *next_of_file;
  shared_memory *memory;
  struct handle *next_of_memory;
  uint16_t shared_locks;
  uint16_t exclusive_locks;
} handle;

struct simulated_disk {
  sqlite3_vfs vfs;
  char *name;
  file *files;
  uint64_t random;
  uint64_t operations;
  uint64_t reads;
  uint64_t syncs;
  uint64_t crashes;
  uint64_t crash_at;
  uint64_t fail_at;
  int fail_code;
  int64_t budget; /* negative: none */
  int64_t time;
  uint64_t open_files;
  int is_destroyed;
};

/* SplitMix64 */
static uint64_t next_random(simulated_disk *disk) {
  uint64_t z = (disk->random += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

static file *find_file(const simulated_disk *disk, const char *name) {
  for (file *file = disk->files; file; file = file->next) {
    if (strcmp(file->name, name) == 0) return file;
  }
  return NULL;
}

static void release_memory(shared_memory *memory) {
  if (!memory || --memory->references > 0) return;
  for (int i = 0; i < memory->count; i++) free(memory->regions[i]);
  free(memory->regions);
  free(memory);
}

static void drop_changes(file *file) {
  while (file->first_change) {
    change *change = file->first_change;
    file->first_change = change->next;
    free(change);
  }
  file->last_change = &file->first_change;
}

static void release_file(file *file) {
  if (--file->references > 0) return;
  drop_changes(file);
  free(file->current.bytes);
  free(file->durable.bytes);
  release_memory(file->memory);
  free(file->name);
  free(file);
}

static file *make_file(simulated_disk *disk, const char *name) {
  file *made = calloc(1, sizeof(file));
  if (!made) return NULL;
  made->last_change = &made->first_change;
  made->references = 1;
  if (!name) return made;
  made->name = strdup(name);
  if (!made->name) {
    free(made);
    return NULL;
  }
  made->next = disk->files;
  disk->files = made;
  return made;
}

static void give_back(simulated_disk *disk, int64_t bytes) {
  if (disk->budget >= 0) disk->budget += bytes;
}

static void unlink_file(simulated_disk *disk, file *gone) {
  for (file **link = &disk->files; *link; link = &(*link)->next) {
    if (*link != gone) continue;
    *link = gone->next;
    break;
  }
  give_back(disk, gone->current.size);
  free(gone->name);
  gone->name = NULL;
  release_file(gone);
}

static int note_change(file *file, int64_t offset, const uint8_t *bytes, int64_t count, int is_truncation) {
  change *made = malloc(sizeof(change) + (size_t)count);
  if (!made) return 0;
  /* What is written again, or cut off, is dirty again: the next sync takes it along. */
  for (change *earlier = file->first_change; earlier; earlier = earlier->next) {
    int64_t end = is_truncation ? INT64_MAX : offset + count;
    if (!earlier->is_truncation && earlier->offset < end && offset < earlier->offset + earlier->count)
      earlier->is_abandoned = 0;
  }
  *made = (change){.offset = offset, .count = count, .is_truncation = is_truncation};
  if (count) memcpy(made->bytes, bytes, (size_t)count);
  *file->last_change = made;
  file->last_change = &made->next;
  return 1;
}

/* MARK: - Faults */

typedef enum operation { OPEN, WRITE, TRUNCATE, SYNC, DELETE, ENLARGE_MEMORY } operation;

static int code_of_failure(operation operation, int wanted) {
  if (wanted == SQLITE_FULL) {
    switch (operation) {
    case WRITE: return SQLITE_FULL;
    case OPEN: return SQLITE_CANTOPEN;
    case ENLARGE_MEMORY: return SQLITE_IOERR_SHMSIZE;
    default: return SQLITE_OK;
    }
  }
  if (wanted != SQLITE_IOERR) return wanted;
  switch (operation) {
  case OPEN: return SQLITE_CANTOPEN;
  case WRITE: return SQLITE_IOERR_WRITE;
  case TRUNCATE: return SQLITE_IOERR_TRUNCATE;
  case SYNC: return SQLITE_IOERR_FSYNC;
  case DELETE: return SQLITE_IOERR_DELETE;
  case ENLARGE_MEMORY: return SQLITE_IOERR_SHMSIZE;
  }
  return wanted;
}

/* Counts an operation. What it is to fail with; SQLITE_IOERR with *crashes set: the power fails within it. */
static int begin(simulated_disk *disk, operation operation, int *crashes) {
  *crashes = 0;
  disk->operations++;
  if (operation == SYNC) disk->syncs++;
  if (disk->crash_at && --disk->crash_at == 0) {
    *crashes = 1;
    return SQLITE_IOERR;
  }
  if (disk->fail_at && --disk->fail_at == 0) return code_of_failure(operation, disk->fail_code);
  return SQLITE_OK;
}

static void crash_file(simulated_disk *disk, file *file) {
  for (change *change = file->first_change; change; change = change->next) {
    uint64_t fate = next_random(disk) % 3;
    if (fate == 0) continue;
    if (change->is_truncation) {
      image_resize(&file->durable, change->offset);
    } else if (fate == 1) {
      image_write(&file->durable, change->offset, change->bytes, change->count);
    } else {
      int64_t at = change->offset;
      int64_t end = change->offset + change->count;
      while (at < end) {
        int64_t sector_end = (at / SECTOR + 1) * SECTOR;
        if (sector_end > end) sector_end = end;
        if (next_random(disk) & 1)
          image_write(&file->durable, at, change->bytes + (at - change->offset), sector_end - at);
        at = sector_end;
      }
    }
  }
  drop_changes(file);
  give_back(disk, file->current.size - file->durable.size);
  file->current.size = 0;
  image_write(&file->current, 0, file->durable.bytes ? file->durable.bytes : (uint8_t *)"", file->durable.size);
  /* Connections that are now dead may still look into the shared memory: it lives as long as they do. */
  release_memory(file->memory);
  file->memory = NULL;
  file->handles = NULL;
}

void simulated_disk_crash(simulated_disk *disk) {
  disk->crashes++;
  disk->crash_at = 0;
  disk->fail_at = 0;
  for (file *file = disk->files; file; file = file->next) crash_file(disk, file);
}

static int is_dead(const handle *handle) { return handle->life != handle->disk->crashes; }

/* MARK: - sqlite3_io_methods */

static int file_close(sqlite3_file *base);
static void free_disk(simulated_disk *disk);

static int file_read(sqlite3_file *base, void *into, int count, sqlite3_int64 offset) {
  handle *handle = (struct handle *)base;
  if (is_dead(handle)) return SQLITE_IOERR;
  handle->disk->reads++;
  image *image = &handle->file->current;
  int64_t available = image->size - offset;
  if (available >= count) {
    memcpy(into, image->bytes + offset, (size_t)count);
    return SQLITE_OK;
  }
  if (available < 0) available = 0;
  if (available) memcpy(into, image->bytes + offset, (size_t)available);
  memset((uint8_t *)into + available, 0, (size_t)(count - available));
  return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *base, const void *bytes, int count, sqlite3_int64 offset) {
  handle *handle = (struct handle *)base;
  if (is_dead(handle)) return SQLITE_IOERR;
  simulated_disk *disk = handle->disk;
  file *file = handle->file;
  int crashes = 0;
  int result = file->name ? begin(disk, WRITE, &crashes) : SQLITE_OK;
  int64_t written = count;
  int64_t growth = offset + count - file->current.size;
  if (result != SQLITE_OK && !crashes) {
    written = (int64_t)(next_random(disk) % ((uint64_t)count / SECTOR + 1)) * SECTOR;
  } else if (file->name && growth > 0 && disk->budget >= 0 && growth > disk->budget) {
    if (result == SQLITE_OK) result = SQLITE_FULL;
    written = count - (growth - disk->budget);
    if (written < 0) written = 0;
  }
  if (written > 0) {
    growth = offset + written - file->current.size;
    if (file->name && disk->budget >= 0 && growth > 0) disk->budget = growth > disk->budget ? 0 : disk->budget - growth;
    if (file->name && !note_change(file, offset, bytes, written, 0)) return SQLITE_NOMEM;
    if (!image_write(&file->current, offset, bytes, written)) return SQLITE_NOMEM;
  }
  if (crashes) simulated_disk_crash(disk);
  return result;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size) {
  handle *handle = (struct handle *)base;
  if (is_dead(handle)) return SQLITE_IOERR;
  file *file = handle->file;
  int crashes = 0;
  int result = file->name ? begin(handle->disk, TRUNCATE, &crashes) : SQLITE_OK;
  if (result == SQLITE_OK || crashes) {
    if (file->name && !note_change(file, size, NULL, 0, 1)) return SQLITE_NOMEM;
    if (file->name) give_back(handle->disk, file->current.size - size);
    if (!image_resize(&file->current, size)) return SQLITE_NOMEM;
  }
  if (crashes) simulated_disk_crash(handle->disk);
  return result;
}

static int file_sync(sqlite3_file *base, int flags) {
  (void)flags;
  handle *handle = (struct handle *)base;
  if (is_dead(handle)) return SQLITE_IOERR;
  file *file = handle->file;
  if (!file->name) return SQLITE_OK;
  int crashes = 0;
  int result = begin(handle->disk, SYNC, &crashes);
  if (crashes) {
    simulated_disk_crash(handle->disk);
    return result;
  }
  if (result != SQLITE_OK) {
    for (change *change = file->first_change; change; change = change->next) {
      /* A file's size is not content that a page cache could forget. */
      change->is_abandoned = !change->is_truncation;
    }
    return result;
  }
  change **link = &file->first_change;
  while (*link) {
    change *change = *link;
    if (change->is_abandoned) {
      link = &change->next;
      continue;
    }
    int done = change->is_truncation ? image_resize(&file->durable, change->offset)
                                     : image_write(&file->durable, change->offset, change->bytes, change->count);
    if (!done) return SQLITE_NOMEM;
    *link = change->next;
    free(change);
  }
  file->last_change = link;
  return SQLITE_OK;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size) {
  handle *handle = (struct handle *)base;
  if (is_dead(handle)) return SQLITE_IOERR;
  *size = handle->file->current.size;
  return SQLITE_OK;
}

/* The highest lock that somebody else holds. */
static int others_lock(const handle *mine) {
  int highest = SQLITE_LOCK_NONE;
  for (handle *other = mine->file->handles; other; other = other->next_of_file) {
    if (other != mine && other->lock > highest) highest = other->lock;
  }
  return highest;
}

static int file_lock(sqlite3_file *base, int level) {
  handle *handle = (struct handle *)base;
  if (is_dead(handle)) return SQLITE_IOERR;
  if (handle->lock >= level) return SQLITE_OK;
  int others = others_lock(handle);
  if (level == SQLITE_LOCK_SHARED && others >= SQLITE_LOCK_PENDING) return SQLITE_BUSY;
  if (level >= SQLITE_LOCK_RESERVED && others >= SQLITE_LOCK_RESERVED) return SQLITE_BUSY;
  if (level == SQLITE_LOCK_EXCLUSIVE && others >= SQLITE_LOCK_SHARED) {
    handle->lock = SQLITE_LOCK_PENDING;
    return SQLITE_BUSY;
  }
  handle->lock = level;
  return SQLITE_OK;
}

static int file_unlock(sqlite3_file *base, int level) {
  handle *handle = (struct handle *)base;
  if (handle->lock > level) handle->lock = level;
  return SQLITE_OK;
}

static int file_check_reserved(sqlite3_file *base, int *found) {
  handle *handle = (struct handle *)base;
  if (is_dead(handle)) return SQLITE_IOERR;
  *found = handle->lock >= SQLITE_LOCK_RESERVED || others_lock(handle) >= SQLITE_LOCK_RESERVED;
  return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int code, void *argument) {
  (void)base, (void)code, (void)argument;
  return SQLITE_NOTFOUND;
}

static int file_sector_size(sqlite3_file *base) {
  (void)base;
  return SECTOR;
}

static int file_characteristics(sqlite3_file *base) {
  (void)base;
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

/* MARK: - Shared memory */

static int attach_memory(handle *handle) {
  if (handle->memory) return 1;
  file *file = handle->file;
  if (!file->memory) {
    file->memory = calloc(1, sizeof(shared_memory));
    if (!file->memory) return 0;
    file->memory->references = 1;
  }
  handle->memory = file->memory;
  handle->memory->references++;
  handle->next_of_memory = handle->memory->handles;
  handle->memory->handles = handle;
  return 1;
}

static void detach_memory(handle *mine) {
  shared_memory *memory = mine->memory;
  if (!memory) return;
  for (handle **link = &memory->handles; *link; link = &(*link)->next_of_memory) {
    if (*link != mine) continue;
    *link = mine->next_of_memory;
    break;
  }
  mine->memory = NULL;
  mine->shared_locks = mine->exclusive_locks = 0;
  /* The first to map it again finds it empty, as on Unix. */
  if (!memory->handles && mine->file->memory == memory) {
    mine->file->memory = NULL;
    release_memory(memory);
  }
  release_memory(memory);
}

static int memory_map(sqlite3_file *base, int region, int size, int extend, void volatile **address) {
  handle *handle = (struct handle *)base;
  *address = NULL;
  if (is_dead(handle)) return SQLITE_IOERR;
  if (!attach_memory(handle)) return SQLITE_NOMEM;
  shared_memory *memory = handle->memory;
  if (region >= memory->count) {
    if (!extend) return SQLITE_OK;
    int crashes = 0;
    int result = begin(handle->disk, ENLARGE_MEMORY, &crashes);
    if (crashes) simulated_disk_crash(handle->disk);
    if (result != SQLITE_OK) return result;
    uint8_t **regions = realloc(memory->regions, sizeof(uint8_t *) * (size_t)(region + 1));
    if (!regions) return SQLITE_NOMEM;
    memory->regions = regions;
    memory->region_size = size;
    while (memory->count <= region) {
      uint8_t *bytes = calloc(1, (size_t)size);
      if (!bytes) return SQLITE_NOMEM;
      regions[memory->count++] = bytes;
    }
  }
  *address = memory->regions[region];
  return SQLITE_OK;
}

static int memory_lock(sqlite3_file *base, int offset, int count, int flags) {
  handle *mine = (handle *)base;
  uint16_t mask = (uint16_t)(((1u << count) - 1) << offset);
  if (flags & SQLITE_SHM_UNLOCK) {
    if (flags & SQLITE_SHM_SHARED) mine->shared_locks &= (uint16_t)~mask;
    else mine->exclusive_locks &= (uint16_t)~mask;
    return SQLITE_OK;
  }
  if (is_dead(mine) || !mine->memory) return SQLITE_IOERR_SHMLOCK;
  for (handle *other = mine->memory->handles; other; other = other->next_of_memory) {
    if (other == mine) continue;
    if (other->exclusive_locks & mask) return SQLITE_BUSY;
    if ((flags & SQLITE_SHM_EXCLUSIVE) && (other->shared_locks & mask)) return SQLITE_BUSY;
  }
  if (flags & SQLITE_SHM_SHARED) mine->shared_locks |= mask;
  else mine->exclusive_locks |= mask;
  return SQLITE_OK;
}

static void memory_barrier(sqlite3_file *base) {
  (void)base;
  __sync_synchronize();
}

static int memory_unmap(sqlite3_file *base, int delete) {
  handle *handle = (struct handle *)base;
  file *file = handle->file;
  int is_current = handle->memory && handle->memory == file->memory;
  detach_memory(handle);
  if (delete && is_current) {
    release_memory(file->memory);
    file->memory = NULL;
  }
  return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
  .iVersion = 2,
  .xClose = file_close,
  .xRead = file_read,
  .xWrite = file_write,
  .xTruncate = file_truncate,
  .xSync = file_sync,
  .xFileSize = file_size,
  .xLock = file_lock,
  .xUnlock = file_unlock,
  .xCheckReservedLock = file_check_reserved,
  .xFileControl = file_control,
  .xSectorSize = file_sector_size,
  .xDeviceCharacteristics = file_characteristics,
  .xShmMap = memory_map,
  .xShmLock = memory_lock,
  .xShmBarrier = memory_barrier,
  .xShmUnmap = memory_unmap,
};

static int file_close(sqlite3_file *base) {
  handle *mine = (handle *)base;
  detach_memory(mine);
  for (handle **link = &mine->file->handles; *link; link = &(*link)->next_of_file) {
    if (*link != mine) continue;
    *link = mine->next_of_file;
    break;
  }
  if (mine->is_deleted_on_close && mine->file->name && !is_dead(mine)) unlink_file(mine->disk, mine->file);
  release_file(mine->file);
  base->pMethods = NULL;
  if (--mine->disk->open_files == 0 && mine->disk->is_destroyed) free_disk(mine->disk);
  return SQLITE_OK;
}

/* MARK: - sqlite3_vfs */

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *out_flags) {
  simulated_disk *disk = vfs->pAppData;
  handle *made = (handle *)base;
  memset(made, 0, sizeof(handle));
  int crashes = 0;
  int result = name ? begin(disk, OPEN, &crashes) : SQLITE_OK;
  if (crashes) simulated_disk_crash(disk);
  if (result != SQLITE_OK) return result;

  file *file = name ? find_file(disk, name) : NULL;
  if (file && (flags & SQLITE_OPEN_EXCLUSIVE) && (flags & SQLITE_OPEN_CREATE)) return SQLITE_CANTOPEN;
  if (!file) {
    if (name && !(flags & SQLITE_OPEN_CREATE)) return SQLITE_CANTOPEN;
    file = make_file(disk, name);
    if (!file) return SQLITE_NOMEM;
    /* The reference of a file without a name is its handle's. */
    if (name) file->references++;
  } else {
    file->references++;
  }
  made->base.pMethods = &methods;
  made->disk = disk;
  made->file = file;
  made->life = disk->crashes;
  disk->open_files++;
  made->is_deleted_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
  made->next_of_file = file->handles;
  file->handles = made;
  if (out_flags) *out_flags = flags;
  return SQLITE_OK;
}

static int disk_delete(sqlite3_vfs *vfs, const char *name, int sync) {
  (void)sync;
  simulated_disk *disk = vfs->pAppData;
  file *file = find_file(disk, name);
  if (!file) return SQLITE_IOERR_DELETE_NOENT;
  int crashes = 0;
  int result = begin(disk, DELETE, &crashes);
  if (result == SQLITE_OK || (crashes && (next_random(disk) & 1))) unlink_file(disk, file);
  if (crashes) simulated_disk_crash(disk);
  return result;
}

static int disk_access(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
  (void)flags;
  *result = find_file(vfs->pAppData, name) != NULL;
  return SQLITE_OK;
}

static int disk_full_path(sqlite3_vfs *vfs, const char *name, int size, char *path) {
  (void)vfs;
  if (strlen(name) >= (size_t)size) return SQLITE_CANTOPEN;
  strcpy(path, name);
  return SQLITE_OK;
}

static int disk_randomness(sqlite3_vfs *vfs, int count, char *bytes) {
  for (int i = 0; i < count; i++) bytes[i] = (char)next_random(vfs->pAppData);
  return count;
}

static int disk_sleep(sqlite3_vfs *vfs, int microseconds) {
  ((simulated_disk *)vfs->pAppData)->time += microseconds / 1000;
  return microseconds;
}

static int disk_time64(sqlite3_vfs *vfs, sqlite3_int64 *now) {
  *now = 212690880000000LL + ((simulated_disk *)vfs->pAppData)->time;
  return SQLITE_OK;
}

static int disk_time(sqlite3_vfs *vfs, double *now) {
  sqlite3_int64 milliseconds;
  disk_time64(vfs, &milliseconds);
  *now = (double)milliseconds / 86400000.0;
  return SQLITE_OK;
}

static int disk_last_error(sqlite3_vfs *vfs, int size, char *text) {
  (void)vfs, (void)size, (void)text;
  return 0;
}

static void *disk_dl_open(sqlite3_vfs *vfs, const char *name) {
  (void)vfs, (void)name;
  return NULL;
}

static void disk_dl_error(sqlite3_vfs *vfs, int size, char *text) {
  (void)vfs;
  if (size > 0) *text = 0;
}

/* MARK: - Disks */

static void free_disk(simulated_disk *disk) {
  while (disk->files) unlink_file(disk, disk->files);
  free(disk->name);
  free(disk);
}

simulated_disk *simulated_disk_create(const char *name, uint64_t seed) {
  simulated_disk *disk = calloc(1, sizeof(simulated_disk));
  if (!disk) return NULL;
  disk->name = strdup(name);
  disk->random = seed;
  disk->budget = -1;
  disk->vfs = (sqlite3_vfs){
    .iVersion = 2,
    .szOsFile = sizeof(handle),
    .mxPathname = 512,
    .zName = disk->name,
    .pAppData = disk,
    .xOpen = disk_open,
    .xDelete = disk_delete,
    .xAccess = disk_access,
    .xFullPathname = disk_full_path,
    .xDlOpen = disk_dl_open,
    .xDlError = disk_dl_error,
    .xRandomness = disk_randomness,
    .xSleep = disk_sleep,
    .xCurrentTime = disk_time,
    .xGetLastError = disk_last_error,
    .xCurrentTimeInt64 = disk_time64,
  };
  if (!disk->name || sqlite3_vfs_register(&disk->vfs, 0) != SQLITE_OK) {
    free(disk->name);
    free(disk);
    return NULL;
  }
  return disk;
}

void simulated_disk_destroy(simulated_disk *disk) {
  if (!disk) return;
  sqlite3_vfs_unregister(&disk->vfs);
  disk->is_destroyed = 1;
  if (disk->open_files == 0) free_disk(disk);
}

void simulated_disk_crash_at(simulated_disk *disk, uint64_t n) { disk->crash_at = n; }

void simulated_disk_fail_at(simulated_disk *disk, uint64_t n, int code) {
  disk->fail_at = n;
  disk->fail_code = code;
}

void simulated_disk_set_budget(simulated_disk *disk, int64_t bytes) { disk->budget = bytes < 0 ? -1 : bytes; }

uint64_t simulated_disk_reads(const simulated_disk *disk) { return disk->reads; }
uint64_t simulated_disk_operations(const simulated_disk *disk) { return disk->operations; }

uint64_t simulated_disk_syncs(const simulated_disk *disk) { return disk->syncs; }

uint64_t simulated_disk_crashes(const simulated_disk *disk) { return disk->crashes; }

int64_t simulated_disk_file_size(const simulated_disk *disk, const char *name) {
  file *file = find_file(disk, name);
  return file ? file->current.size : -1;
}

int simulated_disk_damage(simulated_disk *disk, const char *name, int64_t offset, uint8_t mask) {
  file *file = find_file(disk, name);
  if (!file || offset < 0 || offset >= file->current.size) return -1;
  file->current.bytes[offset] ^= mask;
  if (offset < file->durable.size) file->durable.bytes[offset] ^= mask;
  return 0;
}
