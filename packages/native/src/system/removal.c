/* To remove a segment is to remove what belongs to it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "newborn.h"
#include "segment.h"

/* The part of the header that removal reads; the rest is core's. */
#define FLAGS_AT 12
#define SATELLITES_AT 40
#define NAME_LENGTH_AT 60
#define NAME_AT 64
#define HEADER_BYTES 192
#define NAME_MOST 127

/* A pin may pin a carrier of pins; they are never nested this deep. */
#define DEPTH_MOST 16

/* Of FLAGS: the user gave the name; all the same it goes with its last user. */
#define NAMED 1u
#define TRANSIENT 2u

/* What may be removed when it is not in use: a segment whose header says that it goes, or any file. */
enum which { LEFT, ANY };

static uint32_t word_at(const unsigned char *header, size_t at) {
  uint32_t word;
  memcpy(&word, header + at, sizeof word);
  return word;
}

/* Reads the header of an open file. @return false when it is not a segment */
static bool read_header(int fd, unsigned char header[HEADER_BYTES]) {
  if (pread(fd, header, HEADER_BYTES, 0) != HEADER_BYTES) return false;
  return word_at(header, 0) == MP_MAGIC || word_at(header, 0) == MP_MAGIC_REMOVED;
}

/* The file name in a header, when it is that of a segment without a user's name. It comes from a file, so it is
   checked before it is used in a path. */
static bool read_anonymous_name(const unsigned char *header, char name[NAME_MOST + 1]) {
  uint32_t length = word_at(header, NAME_LENGTH_AT);
  if (length == 0 || length > NAME_MOST) return false;
  memcpy(name, header + NAME_AT, length);
  name[length] = '\0';
  return strlen(name) == length && strchr(name, '/') == NULL && strncmp(name, "s-", 2) == 0;
}

static bool may_be_left(uint32_t flags) { return (flags & (NAMED | TRANSIENT)) != NAMED; }

static int remove_at_depth(const char *path, enum which which, int depth, mp_error *error);

/* Whether the file at `path` is a pin: a second link of a file that lives elsewhere, under `pinned`. */
static bool is_pin(const char *path, char pinned[NAME_MOST + 1]) {
  unsigned char header[HEADER_BYTES];
  mp_file_state state;
  int fd = mp_open(path, O_RDONLY);
  if (fd < 0) return false;
  bool found =
      mp_file_look(fd, &state) == 0 && state.pinned && read_header(fd, header) && read_anonymous_name(header, pinned);
  close(fd);
  return found;
}

/* A satellite of a file that is gone. What it pinned goes too, if that was its last use. */
static void remove_satellite(const char *directory, const char *satellite, int depth) {
  char path[4096];
  char pinned[NAME_MOST + 1];
  if (snprintf(path, sizeof path, "%s/%s", directory, satellite) >= (int)sizeof path) return;
  bool pins = is_pin(path, pinned);
  unlink(path);
  if (!pins || snprintf(path, sizeof path, "%s/%s", directory, pinned) >= (int)sizeof path) return;
  mp_error ignored;
  remove_at_depth(path, ANY, depth + 1, &ignored);
}

static void remove_satellites(const char *path, int depth) {
  char directory[4096];
  size_t length = mp_directory_length(path);
  if (length == 0 || length >= sizeof directory || depth >= DEPTH_MOST) return;
  memcpy(directory, path, length);
  directory[length] = '\0';
  const char *base = strrchr(path, '/') + 1;
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

/* Removes the satellites first, while no other user can get in: once the name is free, a new owner of it has satellites of
   the same names. The mark lets the next visitor finish the removal if we die in the middle. */
static int remove_with_satellites(int fd, const char *path, int depth, mp_error *error) {
  uint32_t mark = MP_MAGIC_REMOVED;
  if (pwrite(fd, &mark, sizeof mark, 0) != (ssize_t)sizeof mark) return mp_fail(error, "pwrite");
  remove_satellites(path, depth);
  return unlink(path) == 0 || errno == ENOENT ? 1 : mp_fail(error, "unlink");
}

/* 1 = removed, 0 = in use or pinned, 2 = replaced meanwhile, -1 = error */
static int remove_open(int fd, const char *path, enum which which, int depth, mp_error *error) {
  unsigned char header[HEADER_BYTES];
  mp_file_state state;
  if (mp_file_look(fd, &state) != 0) return mp_fail(error, "fstat");
  if (!state.regular) {
    errno = EINVAL;
    return mp_fail(error, "open");
  }
  if (mp_flock(fd, LOCK_EX | LOCK_NB) != 0) return errno == EWOULDBLOCK ? 0 : mp_fail(error, "flock");
  int current = mp_file_is_current(fd, path, &state, error);
  if (current <= 0) return current < 0 ? -1 : 2;
  if (state.pinned && mp_newborn_forget_maker(fd, path)) {
    /* Looked at again: the name that is gone may have been this one. */
    current = mp_file_is_current(fd, path, &state, error);
    if (current <= 0) return current < 0 ? -1 : 2;
  }
  if (state.pinned) return 0;
  bool is_segment = read_header(fd, header);
  if (which == LEFT && !(is_segment && may_be_left(word_at(header, FLAGS_AT)))) return 0;
  if (is_segment && word_at(header, SATELLITES_AT) != 0) {
    return remove_with_satellites(fd, path, depth, error);
  }
  return unlink(path) == 0 || errno == ENOENT ? 1 : mp_fail(error, "unlink");
}

static int remove_at_depth(const char *path, enum which which, int depth, mp_error *error) {
  for (;;) {
    int fd = mp_open(path, O_RDWR);
    if (fd < 0) return errno == ENOENT ? 1 : mp_fail(error, "open");
    int removed = remove_open(fd, path, which, depth, error);
    close(fd);
    if (removed != 2) return removed;
  }
}

int mp_segment_remove(const char *path, mp_error *error) { return remove_at_depth(path, ANY, 0, error); }

int mp_segment_remove_left(const char *path, mp_error *error) { return remove_at_depth(path, LEFT, 0, error); }
