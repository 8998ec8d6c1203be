/*
 * What Debian's C++ library and Node ask for and musl does not have, so that a Node for musl runs here (see nodes.mjs). Only tests load it.
 * It takes the place of glibc's loader, which that library names among what it needs.
 */
#define _GNU_SOURCE
#include <link.h>
#include <locale.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

/* 0: there may be other threads. */
char __libc_single_threaded = 0;

/* Which processor this is: an unknown one, so that nothing is taken for granted. */
unsigned __cpu_model[4];

int __cpu_indicator_init(void) {
  return 0;
}

uint32_t arc4random(void) {
  uint32_t number;
  if (getrandom(&number, sizeof number, 0) != sizeof number) abort();
  return number;
}

size_t __strftime_l(char *text, size_t size, const char *format, const struct tm *time, locale_t locale) {
  return strftime_l(text, size, format, time, locale);
}

/* Destructors of thread-local objects, the last made first. */

struct destructor {
  void (*call)(void *);
  void *object;
  struct destructor *next;
};

static pthread_key_t destructors;
static pthread_once_t has_key = PTHREAD_ONCE_INIT;
static _Thread_local struct destructor *last;

static void destroy(void *unused) {
  (void)unused;
  while (last != NULL) {
    struct destructor *each = last;
    last = each->next;
    each->call(each->object);
    free(each);
  }
}

static void make_key(void) {
  pthread_key_create(&destructors, destroy);
}

int __cxa_thread_atexit_impl(void (*call)(void *), void *object, void *library) {
  (void)library;
  pthread_once(&has_key, make_key);
  struct destructor *each = malloc(sizeof *each);
  if (each == NULL) return -1;
  *each = (struct destructor){call, object, last};
  last = each;
  return pthread_setspecific(destructors, each);
}

/* Where the tables are by which an exception finds its way: GCC's library asks glibc, which keeps a list of them. */

struct dl_find_object {
  unsigned long long flags;
  void *start;
  void *end;
  struct link_map *map;
  void *tables;
  unsigned long long reserved[7];
};

struct search {
  uintptr_t address;
  struct dl_find_object *found;
};

static int look_in(struct dl_phdr_info *library, size_t size, void *of) {
  (void)size;
  struct search *search = of;
  uintptr_t start = UINTPTR_MAX, end = 0, tables = 0;
  int is_inside = 0;
  for (int i = 0; i < library->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &library->dlpi_phdr[i];
    uintptr_t from = library->dlpi_addr + part->p_vaddr, to = from + part->p_memsz;
    if (part->p_type == PT_GNU_EH_FRAME) tables = from;
    if (part->p_type != PT_LOAD) continue;
    if (from < start) start = from;
    if (to > end) end = to;
    if (search->address >= from && search->address < to) is_inside = 1;
  }
  if (!is_inside || tables == 0) return 0;
  *search->found = (struct dl_find_object){.start = (void *)start, .end = (void *)end, .tables = (void *)tables};
  return 1;
}

int _dl_find_object(void *address, struct dl_find_object *found) {
  struct search search = {(uintptr_t)address, found};
  return dl_iterate_phdr(look_in, &search) == 1 ? 0 : -1;
}

/* The C++ library reads the tables of characters out of glibc's locales. They stand behind what musl has in its own. */

const unsigned short **__ctype_b_loc(void);
const int32_t **__ctype_tolower_loc(void);
const int32_t **__ctype_toupper_loc(void);

struct glibc_locale {
  void *categories[13];
  const unsigned short *kinds;
  const int32_t *lower;
  const int32_t *upper;
  const char *names[13];
};

enum { MUSL_CATEGORIES = 6 };

locale_t __newlocale(int mask, const char *name, locale_t base) {
  (void)mask;
  (void)base;
  locale_t own = newlocale(LC_ALL_MASK, name, (locale_t)0);
  if (own == (locale_t)0) return own;
  struct glibc_locale *both = calloc(1, sizeof *both);
  if (both == NULL) return (locale_t)0;
  memcpy(both->categories, own, MUSL_CATEGORIES * sizeof(void *));
  both->kinds = *__ctype_b_loc();
  both->lower = *__ctype_tolower_loc();
  both->upper = *__ctype_toupper_loc();
  return (locale_t)both;
}

locale_t __duplocale(locale_t locale) {
  return locale;
}

void __freelocale(locale_t locale) {
  (void)locale;
}

/* std::string::_M_replace_cold, which came with GCC 13: puts `text`, which may be a part of the string itself, in place of `old` bytes. */
void replace_cold(void *string, char *at, size_t old, const char *text, size_t length, size_t behind)
  __asm__("_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE15_M_replace_coldEPcmPKcmm");

void replace_cold(void *string, char *at, size_t old, const char *text, size_t length, size_t behind) {
  (void)string;
  char *copy = malloc(length + 1);
  if (copy == NULL) abort();
  memcpy(copy, text, length);
  memmove(at + length, at + old, behind);
  memcpy(at, copy, length);
  free(copy);
}
