#include "segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "newborn.h"

/* Small enough for one step to end between two ticks of a profiler's signal, which would undo it. */
#define RESERVE_STEP ((size_t)4 << 20)

/* A remover holds its lock for microseconds. A process that holds one this long is no remover: better an error than a thread
   that hangs in the kernel. */
#define ATTACH_PATIENCE_MS 5000

/* Reserved now, so that a full file system is an error here and never a SIGBUS at the first touch. */
static int reserve(int fd, size_t size) {
  for (size_t done = 0; done < size;) {
    size_t step = size - done < RESERVE_STEP ? size - done : RESERVE_STEP;
    if (mp_pages_reserve(fd, done, step) == 0) done += step;
    else if (errno != EINTR) return -1;
  }
  return 0;
}

/* Gives the file its size, of which the first `reserved` bytes have their place on disk. */
static int give_size(int fd, size_t size, size_t reserved, mp_error *error) {
  /* What cannot fit is refused before it has filled the file system, which may be the machine's memory. */
  if (size > RESERVE_STEP && !mp_pages_fit(fd, size)) {
    errno = ENOSPC;
    return mp_fail(error, "fallocate");
  }
  if (reserve(fd, reserved) != 0) return mp_fail(error, "fallocate");
  return reserved == size || ftruncate(fd, (off_t)size) == 0 ? 0 : mp_fail(error, "ftruncate");
}

int mp_segment_create(const char *path, size_t size, enum mp_lock lock, const void *initial, size_t initial_size,
                      bool reserved, mp_mapping *out, mp_error *error) {
  mp_newborn file;
  if (mp_newborn_open(path, lock == MP_LOCK_EXCLUSIVE ? LOCK_EX : LOCK_SH, &file, error) != 0) return -1;
  if (give_size(file.fd, size, reserved ? size : initial_size, error) != 0 ||
      mp_pages_map(file.fd, (mp_window){0, size}, true, out, error) != 0) {
    mp_newborn_close(&file);
    return -1;
  }
  /* SAFETY: the caller checked initial_size <= size, size bytes are mapped, and these are reserved. */
  if (initial_size > 0) memcpy(out->address, initial, initial_size);
  int published = mp_newborn_publish(&file, path, error);
  mp_newborn_close(&file);
  if (published != 1) mp_pages_unmap(*out);
  return published;
}

/* 1 = locked, 0 = the file was removed meanwhile, -1 = error */
static int lock_in_use(int fd, mp_error *error) {
  struct timespec pause = {0, 100000};
  for (long waited_us = 0;; waited_us += pause.tv_nsec / 1000) {
    mp_file_state state;
    if (mp_flock(fd, LOCK_SH | LOCK_NB) == 0) return 1;
    if (errno != EWOULDBLOCK) return mp_fail(error, "flock");
    if (mp_file_look(fd, &state) == 0 && !state.linked) return 0;
    if (waited_us >= ATTACH_PATIENCE_MS * 1000L) {
      errno = EBUSY;
      return mp_fail(error, "flock");
    }
    nanosleep(&pause, NULL);
    if (pause.tv_nsec < 1000000) pause.tv_nsec *= 2;
  }
}

/* 1 = mapped, 0 = no such file, 2 = it was removed or replaced meanwhile, 3 = its removal is not finished,
   -1 = error */
static int attach_open(int fd, const char *path, enum mp_lock lock, mp_window window, mp_mapping *out, mp_error *error) {
  mp_file_state state;
  if (mp_file_look(fd, &state) != 0) return mp_fail(error, "fstat");
  if (!state.regular) {
    errno = EINVAL;
    return mp_fail(error, "open");
  }
  if (lock == MP_LOCK_SHARED) {
    int locked = lock_in_use(fd, error);
    if (locked <= 0) return locked < 0 ? -1 : 2;
  }
  int current = mp_file_is_current(fd, path, &state, error);
  if (current <= 0) return current < 0 ? -1 : 2;
  if (state.size == 0 || state.size <= window.from) return 0;
  if (state.size > MP_SIZE_MOST) {
    errno = EFBIG;
    return mp_fail(error, "mmap");
  }
  uint32_t magic;
  if (pread(fd, &magic, sizeof magic, 0) == (ssize_t)sizeof magic && magic == MP_MAGIC_REMOVED) return 3;
  if (window.to > state.size) window.to = state.size;
  return mp_pages_map(fd, window, lock == MP_LOCK_SHARED, out, error) == 0 ? 1 : -1;
}

int mp_segment_attach(const char *path, enum mp_lock lock, mp_window window, mp_mapping *out, mp_error *error) {
  for (int refused_ms = 0;;) {
    int fd = mp_open(path, O_RDWR);
    if (fd < 0) return errno == ENOENT ? 0 : mp_fail(error, "open");
    int attached = attach_open(fd, path, lock, window, out, error);
    close(fd);
    if (attached != 2 && attached != 3) return attached;
    if (attached == 2) continue;
    /* Its remover died, so we finish; a caller that only looks leaves that to others. */
    if (lock == MP_LOCK_NONE) return 0;
    int removed = mp_segment_remove(path, error);
    if (removed < 0) return -1;
    if (removed == 1) continue;
    /* Another visitor was here in the same moment. */
    if (refused_ms++ >= ATTACH_PATIENCE_MS) {
      errno = EBUSY;
      return mp_fail(error, "flock");
    }
    nanosleep(&(struct timespec){0, 1000000}, NULL);
  }
}

void mp_segment_end(const char *path, mp_mapping mapping, enum mp_at_end at_end) {
  mp_error ignored;
  /* First, so that no one finds a file whose lock is about to go. */
  if (at_end == MP_UNLINK) unlink(path);
  mp_pages_unmap(mapping);
  if (at_end == MP_REMOVE_WHEN_LAST) mp_segment_remove(path, &ignored);
  if (at_end == MP_REMOVE_IF_LEFT) mp_segment_remove_left(path, &ignored);
}

int mp_segment_probe(const char *path, mp_error *error) {
  int fd = mp_open(path, O_RDONLY);
  if (fd < 0) return errno == ENOENT ? MP_ABSENT : mp_fail(error, "open");
  /* Shared: two exclusive probes at once would take each other for the owner. */
  bool taken = mp_flock(fd, LOCK_SH | LOCK_NB) != 0;
  if (taken && errno != EWOULDBLOCK) return mp_fail_closing(fd, error, "flock");
  close(fd);
  return taken ? MP_OWNED : MP_UNLOCKED;
}
