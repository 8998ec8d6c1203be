#ifndef MP_CHECK_H
#define MP_CHECK_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

/* A failing check ends the program; the message is the expression and its place. */
#define CHECK(condition)                                                                 \
  do {                                                                                   \
    if (!(condition)) {                                                                  \
      fprintf(stderr, "%s:%d: %s (errno: %s)\n", __FILE__, __LINE__, #condition, strerror(errno)); \
      exit(1);                                                                           \
    }                                                                                    \
  } while (0)

/* The directory of this run. */
extern const char *directory;

/* A path in the directory; good until the eighth call after this one. */
const char *path_of(const char *name);
/* A fork whose child does not outlive this process, however that ends: some go round and round until they are killed. */
pid_t start_child(void);
/* Whether there is a file. */
bool exists(const char *path);

/* While true, the file system knows no files without a name. The portable backend makes none anyway. */
extern bool no_unnamed_files;
/* Whether this is the portable backend. */
bool is_posix(void);

void test_segment(void);
void test_removal(void);
void test_mappings(void);
void test_futex(void);
void test_liveness(void);
void test_bell(void);
void test_stream(void);
void test_line(void);
void test_queue(void);

#endif
