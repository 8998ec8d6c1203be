#include "segment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The part of the header that removal reads; the rest is core's. */
#define MAGIC 0x3153504du
#define SATELLITES_AT 40
#define NAME_LENGTH_AT 60
#define NAME_AT 64
#define HEADER_BYTES 192
#define NAME_MOST 127

/* A pin may pin a carrier of pins; nobody nests them this deep. */
#define DEPTH_MOST 16

static int fail(mp_error *error, const char *syscall) {
  error->syscall = syscall;
  error->code = errno;
  return -1;
}

static int fail_closing(int fd, mp_error *error, const char *syscall) {
  fail(error, syscall);
  close(fd);
  return -1;
}

static int lock_file(int fd, int operation) {
  int result;
  do {
    result = flock(fd, operation);
  } while (result != 0 && errno == EINTR);
  return result;
}

static int open_file(const char *path, int flags) {
  int fd;
  do {
    fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

static size_t directory_length(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == NULL ? 0 : (size_t)(slash - path);
}

/* An unnamed file beside `path`, so that nobody meets it before it is whole. */
static int open_unnamed(const char *path, mp_error *error) {
  char directory[4096];
  size_t length = directory_length(path);
  if (length == 0 || length >= sizeof directory) {
    errno = ENAMETOOLONG;
    return fail(error, "open");
  }
  memcpy(directory, path, length);
  directory[length] = '\0';
  int fd = open_file(directory, O_TMPFILE | O_RDWR);
  return fd < 0 ? fail(error, "open") : fd;
}

static int link_unnamed(int fd, const char *path, mp_error *error) {
  char self[32];
  snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
  if (linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0) return 1;
  return errno == EEXIST ? 0 : fail(error, "linkat");
}

/* Reserved now, so that a full file system is an error here and never a SIGBUS at the first touch. */
static int reserve(int fd, size_t size) {
  int result;
  do {
    result = fallocate(fd, 0, 0, (off_t)size);
  } while (result != 0 && errno == EINTR);
  return result;
}

int mp_segment_create(const char *path, size_t size, enum mp_lock lock, const void *initial, size_t initial_size,
                      mp_mapping *out, mp_error *error) {
  int fd = open_unnamed(path, error);
  if (fd < 0) return -1;
  if (lock_file(fd, lock == MP_LOCK_EXCLUSIVE ? LOCK_EX : LOCK_SH) != 0) return fail_closing(fd, error, "flock");
  if (reserve(fd, size) != 0) return fail_closing(fd, error, "fallocate");
  void *address = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (address == MAP_FAILED) return fail_closing(fd, error, "mmap");
  /* SAFETY: the caller checked initial_size <= size, and size bytes are mapped and reserved. */
  if (initial_size > 0) memcpy(address, initial, initial_size);
  int linked = link_unnamed(fd, path, error);
  /* The mapping keeps the open file, and with it the lock. */
  close(fd);
  if (linked != 1) {
    munmap(address, size);
    return linked;
  }
  out->address = address;
  out->size = size;
  return 1;
}

/* 1 = `fd` is the file at `path`, 0 = it was removed or replaced meanwhile, -1 = error */
static int is_current(int fd, const char *path, struct stat *found, mp_error *error) {
  struct stat named;
  if (fstat(fd, found) != 0) return fail(error, "fstat");
  if (found->st_nlink == 0) return 0;
  if (lstat(path, &named) != 0) return errno == ENOENT ? 0 : fail(error, "lstat");
  return found->st_ino == named.st_ino && found->st_dev == named.st_dev;
}

int mp_segment_attach(const char *path, enum mp_lock lock, mp_mapping *out, mp_error *error) {
  for (;;) {
    int fd = open_file(path, O_RDWR);
    if (fd < 0) return errno == ENOENT ? 0 : fail(error, "open");
    /* Blocking: whoever has it exclusively is removing it, and is done in a moment. */
    if (lock == MP_LOCK_SHARED && lock_file(fd, LOCK_SH) != 0) return fail_closing(fd, error, "flock");
    struct stat found;
    int current = is_current(fd, path, &found, error);
    if (current < 0) {
      close(fd);
      return -1;
    }
    if (current == 0) {
      close(fd);
      continue;
    }
    if (!S_ISREG(found.st_mode)) {
      errno = EINVAL;
      return fail_closing(fd, error, "open");
    }
    if (found.st_size == 0) {
      close(fd);
      return 0;
    }
    void *address = mmap(NULL, (size_t)found.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (address == MAP_FAILED) return fail_closing(fd, error, "mmap");
    close(fd);
    out->address = address;
    out->size = (size_t)found.st_size;
    return 1;
  }
}

static uint32_t word_at(const unsigned char *header, size_t at) {
  uint32_t word;
  memcpy(&word, header + at, sizeof word);
  return word;
}

/* Reads the header of an open file. @return false when it is not a segment */
static bool read_header(int fd, unsigned char header[HEADER_BYTES]) {
  return pread(fd, header, HEADER_BYTES, 0) == HEADER_BYTES && word_at(header, 0) == MAGIC;
}

/* The file name in a header; it comes from a file, so it is checked before it is used in a path. */
static bool header_name(const unsigned char *header, char name[NAME_MOST + 1]) {
  uint32_t length = word_at(header, NAME_LENGTH_AT);
  if (length == 0 || length > NAME_MOST) return false;
  memcpy(name, header + NAME_AT, length);
  name[length] = '\0';
  if (strlen(name) != length || strchr(name, '/') != NULL) return false;
  return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static int remove_at_depth(const char *path, int depth, mp_error *error);

/* A satellite belongs to a file that is gone. A second link means it is a pin: the file it pinned lives elsewhere,
   and goes too if that was its last use. */
static void remove_satellite(const char *directory, const char *satellite, int depth) {
  char path[4096];
  char pinned[4096];
  char name[NAME_MOST + 1];
  unsigned char header[HEADER_BYTES];
  struct stat found;
  if (snprintf(path, sizeof path, "%s/%s", directory, satellite) >= (int)sizeof path) return;
  pinned[0] = '\0';
  int fd = open_file(path, O_RDONLY);
  if (fd >= 0) {
    if (fstat(fd, &found) == 0 && found.st_nlink > 1 && read_header(fd, header) && header_name(header, name)) {
      if (snprintf(pinned, sizeof pinned, "%s/%s", directory, name) >= (int)sizeof pinned) pinned[0] = '\0';
    }
    close(fd);
  }
  unlink(path);
  mp_error ignored;
  if (pinned[0] != '\0' && strncmp(name, "s-", 2) == 0) remove_at_depth(pinned, depth + 1, &ignored);
}

static void remove_satellites(const char *path, int depth) {
  char directory[4096];
  size_t length = directory_length(path);
  if (length == 0 || length >= sizeof directory || depth >= DEPTH_MOST) return;
  memcpy(directory, path, length);
  directory[length] = '\0';
  const char *base = path + length + 1;
  size_t base_length = strlen(base);
  DIR *entries = opendir(directory);
  if (entries == NULL) return;
  for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
    if (strncmp(entry->d_name, base, base_length) == 0 && entry->d_name[base_length] == '+') {
      remove_satellite(directory, entry->d_name, depth);
    }
  }
  closedir(entries);
}

static int remove_at_depth(const char *path, int depth, mp_error *error) {
  unsigned char header[HEADER_BYTES];
  for (;;) {
    int fd = open_file(path, O_RDWR);
    if (fd < 0) return errno == ENOENT ? 1 : fail(error, "open");
    if (lock_file(fd, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return fail_closing(fd, error, "flock");
      close(fd);
      return 0;
    }
    struct stat found;
    int current = is_current(fd, path, &found, error);
    if (current <= 0) {
      close(fd);
      if (current < 0) return -1;
      continue;
    }
    if (found.st_nlink > 1) {
      close(fd);
      return 0;
    }
    bool has_satellites = read_header(fd, header) && word_at(header, SATELLITES_AT) != 0;
    if (unlink(path) != 0 && errno != ENOENT) return fail_closing(fd, error, "unlink");
    if (has_satellites) remove_satellites(path, depth);
    close(fd);
    return 1;
  }
}

int mp_segment_remove(const char *path, mp_error *error) { return remove_at_depth(path, 0, error); }

void mp_segment_end(const char *path, mp_mapping mapping, enum mp_at_end at_end) {
  mp_error ignored;
  /* First, so that nobody finds a file whose lock is about to go. */
  if (at_end == MP_UNLINK) unlink(path);
  munmap(mapping.address, mapping.size);
  if (at_end == MP_REMOVE_WHEN_LAST) mp_segment_remove(path, &ignored);
}

int mp_segment_probe(const char *path, mp_error *error) {
  int fd = open_file(path, O_RDONLY);
  if (fd < 0) return errno == ENOENT ? MP_ABSENT : fail(error, "open");
  /* Shared: two exclusive probes at once would take each other for the owner. */
  int result = lock_file(fd, LOCK_SH | LOCK_NB) == 0 ? MP_UNLOCKED : MP_OWNED;
  if (result == MP_OWNED && errno != EWOULDBLOCK) return fail_closing(fd, error, "flock");
  close(fd);
  return result;
}

int mp_process_lock_file(const char *path, int *fd, mp_error *error) {
  int file = open_unnamed(path, error);
  if (file < 0) return -1;
  if (lock_file(file, LOCK_EX) != 0) return fail_closing(file, error, "flock");
  int linked = link_unnamed(file, path, error);
  if (linked == 1) *fd = file;
  else close(file);
  return linked;
}
