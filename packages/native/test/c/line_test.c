#include "../../src/system/line.h"

#include <sys/mman.h>
#include <unistd.h>

#include "../../src/system/bell.h"
#include "check.h"
#include "cut.h"

/* A segment with a ring from left to right, one back, and the tables of both ends. */
enum { FAR = 64, LEFT_WAITERS = 80, RIGHT_WAITERS = 112, SENDERS = 144, THERE = 176, BACK = 224, FIRST = 272 };
enum { RING_BYTES = 256, CAPACITY = 4, TABLE_ENTRIES = 16, NOTIFIERS = 3, TRY = 3, LEFT = 5, RIGHT = 7 };
#define NOTIFIED 0x40000000u

static uint32_t *words, *page;

static mp_line left(void) {
  return (mp_line){words, THERE, FIRST, BACK, FIRST + RING_BYTES / 4, RING_BYTES, LEFT_WAITERS, RIGHT_WAITERS, SENDERS,
                   CAPACITY, FAR, LEFT, 0, 0, 0, 0, 0};
}

static mp_line right(void) {
  return (mp_line){words, BACK, FIRST + RING_BYTES / 4, THERE, FIRST, RING_BYTES, RIGHT_WAITERS, LEFT_WAITERS, SENDERS,
                   CAPACITY, FAR, RIGHT, 0, 0, 0, 0, 0};
}

static void fresh(void) {
  memset(words, 0, 8192);
  memset(page, 0, 4096);
  words[FAR] = 1;
}

static enum mp_sent send_to_right(const char *text, uint32_t flags) {
  mp_line line = left();
  mp_peer peer = {page, page + 1, -1, path_of("d-7")};
  return mp_line_send(&line, RIGHT, &peer, text, (uint32_t)strlen(text), flags);
}

static void there_and_taken(void) {
  mp_line from = left(), to = right();
  mp_taken taken;
  char bytes[64];
  fresh();
  CHECK(mp_line_waiter(&from) == 0);
  for (int round = 0; round < 6; round++) {
    char text[64];
    snprintf(text, sizeof text, "message %d of the line", round);
    int32_t entry = mp_line_enter(&to);
    CHECK(entry == RIGHT_WAITERS + TABLE_ENTRIES);
    CHECK(!mp_line_take(&to, (uint32_t)entry, bytes, sizeof bytes, &taken));
    CHECK(mp_line_waiter(&from) == RIGHT && send_to_right(text, 3) == MP_SENT && *page == 1);
    CHECK(mp_line_waiter(&from) == 0 && words[entry] == (RIGHT | NOTIFIED));
    *page = 0;
    CHECK(!mp_line_take(&to, (uint32_t)entry, bytes, 3, &taken));
    CHECK(mp_line_take(&to, (uint32_t)entry, bytes, sizeof bytes, &taken));
    CHECK(taken.left && !taken.more && taken.length == strlen(text) && memcmp(bytes, text, taken.length) == 0);
    CHECK(words[entry] == 0 && words[entry + TRY] == 0 && (words[RIGHT_WAITERS + NOTIFIERS] & 0xffff) == 0);
  }
}

static void told(void) {
  mp_line to = right();
  mp_taken taken;
  char bytes[8];
  fresh();
  uint32_t entry = (uint32_t)mp_line_enter(&to);
  words[entry] |= NOTIFIED;
  CHECK(!mp_line_tell(&to, entry, &taken) && !mp_line_take(&to, entry, bytes, sizeof bytes, &taken));
  words[entry] = RIGHT;
  CHECK(send_to_right("x", 0) == MP_SENT && mp_line_enter(&to) == 0);
  CHECK(mp_line_tell(&to, entry, &taken) && taken.left && words[entry] == 0 && words[THERE] >> 1 == 1);
  CHECK(send_to_right("y", 0) == MP_NOT_SENT);
  words[FAR] = 0;
  CHECK(mp_line_enter(&to) == 0);
}

static void too_long(void) {
  mp_line from = left(), to = right();
  mp_peer peer = {page, page + 1, -1, path_of("d-7")};
  static const uint32_t lengths[] = {RING_BYTES - 15, RING_BYTES + 1, 0x80000000, 0xfffffff0, 0xfffffff9, 0xffffffff};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    fresh();
    CHECK(mp_line_enter(&to) > 0);
    CHECK(mp_line_send(&from, RIGHT, &peer, "", lengths[i], 0) == MP_NOT_SENT && words[THERE] == 0 && *page == 0);
  }
}

/* What a memory that is not what it seems may hold: nothing is read or written outside of it. */
static void damaged(void) {
  static const uint32_t strange[] = {1, 7, RING_BYTES - 8, RING_BYTES, RING_BYTES + 8, 0x7ffffff8, 0xfffffff8};
  mp_line to = right();
  mp_taken taken;
  char bytes[64];
  for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
    fresh();
    uint32_t entry = (uint32_t)mp_line_enter(&to);
    words[THERE + 4 + 1] = words[THERE + 16 + 4 + 1] = strange[i];
    words[RIGHT_WAITERS + 4] = strange[i];
    CHECK(send_to_right("0123456789", 0) == MP_NOT_SENT);
    words[THERE] = 2;
    words[entry] = RIGHT | NOTIFIED;
    CHECK(!mp_line_take(&to, entry, bytes, sizeof bytes, &taken));
    fresh();
    words[THERE] = 2;
    words[FIRST] = strange[i];
    words[entry] = RIGHT | NOTIFIED;
    CHECK(mp_line_take(&to, entry, bytes, sizeof bytes, &taken) == (strange[i] <= sizeof bytes));
  }
}

#ifdef __linux__
enum { FUTEX = 1, LOOP = 2 };

static void send_one(void) { CHECK(send_to_right("the first one", 9) == MP_SENT); }

static void wait_there(void) {
  mp_line to = right();
  fresh();
  CHECK(mp_line_enter(&to) == RIGHT_WAITERS + TABLE_ENTRIES);
}

/* A receiver that blocked, and is in its event loop when it is rung. */
static void comes_to_its_loop(void) {
  mp_error error;
  int bell = mp_bell_bind(path_of("d-7"), &error);
  CHECK(bell >= 0);
  wait_there();
  page[1] = FUTEX;
  pid_t child = start_stopped(send_one);
  while (words[THERE] == 0) step(child);
  page[1] = LOOP;
  finish(child);
  CHECK(*page == 1 && mp_bell_wait(bell, page, 1, 0, &error) == 0);
  CHECK(close(bell) == 0 && unlink(path_of("d-7")) == 0);
}

static void take_one(void) {
  mp_line to = right();
  mp_taken taken;
  CHECK(mp_line_take(&to, RIGHT_WAITERS + TABLE_ENTRIES, (char *)(page + 64), 64, &taken));
}

static int was_done;

static void goes_on_after_a_send(void) {
  mp_taken taken;
  mp_line to = right();
  if (words[THERE] >> 1 == 1) was_done++;
  else CHECK(words[THERE] == 0 && send_to_right("the first one", 9) == MP_SENT);
  /* Chosen or not: that the waiter looks by itself is for JavaScript. */
  words[RIGHT_WAITERS + TABLE_ENTRIES] |= NOTIFIED;
  CHECK(mp_line_take(&to, RIGHT_WAITERS + TABLE_ENTRIES, (char *)(page + 64), 64, &taken) && taken.length == 13);
  CHECK(memcmp(page + 64, "the first one", 13) == 0 && words[THERE + 16] >> 1 == 1);
}

static void goes_on_after_a_take(void) {
  mp_taken taken;
  mp_line to = right();
  /* Else no look of others would ever count as a rescue again. */
  CHECK((words[RIGHT_WAITERS + NOTIFIERS] & 0xffff) == 0);
  if (words[THERE + 16] >> 1 == 1) was_done++;
  else {
    words[RIGHT_WAITERS + TABLE_ENTRIES] = RIGHT | NOTIFIED;
    take_one();
  }
  words[RIGHT_WAITERS + TABLE_ENTRIES] = 0;
  CHECK(words[THERE + 16] >> 1 == 1 && mp_line_enter(&to) > 0 && send_to_right("the next", 0) == MP_SENT);
  CHECK(mp_line_take(&to, RIGHT_WAITERS + TABLE_ENTRIES, (char *)(page + 64), 64, &taken));
  CHECK(taken.length == 8 && memcmp(page + 64, "the next", 8) == 0);
}

/* A sender or a receiver that is killed anywhere: its message is there or not, whole, and the line goes on. */
static void killed(void) {
  wait_there();
  was_done = 0;
  int states = for_each_cut(send_one, words, 8192, goes_on_after_a_send);
  CHECK(states > 9 && was_done > 1 && was_done < states - 2);
  wait_there();
  send_one();
  was_done = 0;
  states = for_each_cut(take_one, words, 8192, goes_on_after_a_take);
  CHECK(states > 7 && was_done > 1 && was_done < states - 2);
}
#endif

void test_line(void) {
  words = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(words != MAP_FAILED && page != MAP_FAILED);
  there_and_taken();
  told();
  too_long();
  damaged();
#ifdef __linux__
  killed();
  comes_to_its_loop();
#endif
  CHECK(munmap(words, 8192) == 0 && munmap(page, 4096) == 0);
}
