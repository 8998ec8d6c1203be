#include "newborn.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "status.h"

int mp_newborn_make(const char *directory, int operation, mp_newborn *out, mp_error *error) {
  return mp_newborn_open_private(directory, operation, out, error);
}

int mp_newborn_publish(mp_newborn *newborn, const char *path, mp_error *error) {
  if (link(newborn->private_path, path) != 0) return errno == EEXIST ? 0 : mp_fail(error, "link");
  /* A death here leaves both names: see mp_newborn_forget_maker(). */
  unlink(newborn->private_path);
  newborn->private_path[0] = '\0';
  return 1;
}

static bool is_private_name(const char *name) { return strncmp(name, "t-", 2) == 0 && name[2] >= '0' && name[2] <= '9'; }

bool mp_newborn_forget_maker(int fd, const char *path) {
  char directory[4096], private_path[4096];
  struct stat found, named;
  size_t length = mp_directory_length(path);
  if (length == 0 || length >= sizeof directory || mp_status_of(fd, &found) != 0) return false;
  memcpy(directory, path, length);
  directory[length] = '\0';
  DIR *entries = opendir(directory);
  if (entries == NULL) return false;
  bool forgotten = false;
  for (struct dirent *entry = readdir(entries); entry != NULL && !forgotten; entry = readdir(entries)) {
    if (!is_private_name(entry->d_name) ||
        snprintf(private_path, sizeof private_path, "%s/%s", directory, entry->d_name) >= (int)sizeof private_path ||
        mp_status_at(private_path, &named) != 0) {
      continue;
    }
    if (named.st_ino == found.st_ino && named.st_dev == found.st_dev) forgotten = unlink(private_path) == 0;
  }
  closedir(entries);
  return forgotten;
}
