/* A queue as a line: its ring has many writers and readers, so each side has a latch. */
#include <sys/mman.h>
#include <unistd.h>

#include "../../src/system/line.h"
#include "check.h"
#include "cut.h"

enum { STATE = 64, READY = 65, LEASED = 66, PUT_LATCH = 80, GET_LATCH = 96 };
enum { PUTTERS = 112, GETTERS = 144, RING = 176, HEAD = RING + 16, UNBORN = RING + 36, FIRST = 224 };
enum { RING_BYTES = 256, CAPACITY = 4, TICKET = 1, NOTIFIERS = 3, TABLE_ENTRIES = 16, ENTRY = 4, TRY = 3, TRYING = 2 };
enum { PUTTER = 5, GETTER = 7, OTHER = 9, WORDS = 2048 };
#define NOTIFIED 0x40000000u
#define CONTENDED 0x80000000u

static const uint32_t first = GETTERS + TABLE_ENTRIES, second = GETTERS + TABLE_ENTRIES + ENTRY;
static uint32_t *words, *page;

static mp_line queue_of(uint32_t me) {
  return (mp_line){words, RING, FIRST, RING, FIRST, RING_BYTES, GETTERS, GETTERS, PUTTERS, CAPACITY, 0, me,
                   PUT_LATCH, GET_LATCH, STATE, READY, LEASED};
}

static void fresh(void) {
  memset(words, 0, WORDS * 4);
  memset(page, 0, 4096);
}

static int put_for(uint32_t agent, const char *text) {
  mp_line line = queue_of(PUTTER);
  mp_peer peer = {page, page + 1, -1, path_of("d-7")};
  return (int)mp_line_send(&line, agent, &peer, text, (uint32_t)strlen(text), 0);
}

static bool take_by(uint32_t me, uint32_t entry, mp_taken *taken) {
  mp_line line = queue_of(me);
  return mp_line_take(&line, entry, (char *)(page + 64), 64, taken);
}

static bool got(const mp_taken *taken, const char *text) {
  return taken->length == strlen(text) && memcmp(page + 64, text, taken->length) == 0;
}

static int32_t enter(uint32_t me) {
  mp_line line = queue_of(me);
  return mp_line_enter(&line);
}

/* Nobody is inside, and no notifier is at work. */
static bool is_quiet(void) {
  return words[PUT_LATCH] == 0 && words[GET_LATCH] == 0 && (words[GETTERS + NOTIFIERS] & 0xffff) == 0;
}

static void put_and_taken(void) {
  mp_line from = queue_of(PUTTER);
  mp_taken taken;
  fresh();
  CHECK(mp_line_waiter(&from) == 0);
  for (int round = 0; round < 6; round++) {
    char text[64];
    snprintf(text, sizeof text, "item %d of the queue", round);
    CHECK(enter(GETTER) == (int32_t)first && mp_line_waiter(&from) == GETTER);
    CHECK(!take_by(GETTER, first, &taken) && !taken.more);
    CHECK(put_for(GETTER, text) == MP_SENT && *page == 1 && words[first] == (GETTER | NOTIFIED) && is_quiet());
    CHECK(mp_line_waiter(&from) == 0);
    *page = 0;
    CHECK(take_by(GETTER, first, &taken) && taken.left && !taken.more && got(&taken, text));
    CHECK(words[first] == 0 && words[first + TRY] == 0 && is_quiet());
  }
}

static void longest_first(void) {
  mp_line from = queue_of(PUTTER);
  mp_taken taken;
  fresh();
  /* Its place in the table says nothing: the one of the lower ticket is the first. */
  CHECK(enter(OTHER) == (int32_t)first && enter(GETTER) == (int32_t)second);
  words[first] = 0;
  CHECK(enter(OTHER) == (int32_t)first && mp_line_waiter(&from) == GETTER);
  CHECK(put_for(GETTER, "one") == MP_SENT && words[second] == (GETTER | NOTIFIED) && words[first] == OTHER);
  CHECK(mp_line_waiter(&from) == OTHER && put_for(OTHER, "two") == MP_NOT_SENT);
  CHECK(take_by(GETTER, second, &taken) && got(&taken, "one"));
  /* The one that was looked for has gone meanwhile: whom to ring is asked anew. */
  CHECK(put_for(GETTER, "two") == (MP_SENT | MP_NOBODY_RUNG) && words[first] == OTHER && is_quiet());
  words[first] |= NOTIFIED;
  CHECK(take_by(OTHER, first, &taken) && got(&taken, "two"));
  /* A wake has reached the entry meanwhile, or came for the item behind. */
  CHECK(enter(GETTER) == (int32_t)first && put_for(GETTER, "x") == MP_SENT);
  words[RING] += 2;
  CHECK(take_by(GETTER, first, &taken) && taken.more);
  fresh();
  CHECK(enter(PUTTER) == (int32_t)first && mp_line_waiter(&from) == 0);
}

/* @return whether a put, or a take, is refused, and nothing is changed */
static bool is_left(bool puts, uint32_t at, uint32_t value) {
  static uint32_t before[WORDS];
  mp_taken taken;
  fresh();
  CHECK(enter(GETTER) == (int32_t)first && (puts || put_for(GETTER, "x") == MP_SENT));
  words[at] = value;
  memcpy(before, words, sizeof before);
  bool is_done = puts ? put_for(GETTER, "x") != MP_NOT_SENT : take_by(GETTER, first, &taken) || taken.more;
  return !is_done && memcmp(before, words, sizeof before) == 0;
}

static void left_to_javascript(void) {
  static const uint32_t of_put[] = {STATE, READY, PUT_LATCH, PUTTERS, UNBORN, HEAD, RING + 4, RING + 5};
  static const uint32_t of_take[] = {READY, LEASED, GET_LATCH, PUTTERS, RING + 40, HEAD + 4, HEAD + 5};
  static const uint32_t of_enter[] = {STATE, READY, LEASED, RING};
  for (size_t i = 0; i < sizeof of_put / sizeof *of_put; i++) CHECK(is_left(true, of_put[i], 3));
  for (size_t i = 0; i < sizeof of_take / sizeof *of_take; i++) CHECK(is_left(false, of_take[i], 3));
  for (size_t i = 0; i < sizeof of_enter / sizeof *of_enter; i++) {
    fresh();
    words[of_enter[i]] = 2;
    CHECK(enter(GETTER) == 0 && words[first] == 0);
  }
  /* What is in a queue that was shut down is taken all the same. */
  CHECK(!is_left(false, STATE, 1));
}

static void damaged(void) {
  static const uint32_t strange[] = {1, 7, RING_BYTES - 8, RING_BYTES, RING_BYTES + 8, 0x7ffffff8, 0xfffffff8};
  mp_taken taken;
  for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
    fresh();
    CHECK(enter(GETTER) == (int32_t)first);
    words[RING + 4 + 1] = words[HEAD + 4 + 1] = strange[i];
    words[GETTERS + 4] = strange[i];
    CHECK(put_for(GETTER, "0123456789") == MP_NOT_SENT);
    words[RING] = 2;
    words[first] = GETTER | NOTIFIED;
    CHECK(!take_by(GETTER, first, &taken) && !taken.more && words[GET_LATCH] == 0);
    fresh();
    words[RING] = 2;
    words[FIRST] = strange[i];
    words[first] = GETTER | NOTIFIED;
    CHECK(take_by(GETTER, first, &taken) == (strange[i] <= 64) && words[GET_LATCH] == 0);
  }
}

#ifdef __linux__
static void put_one(void) { page[128] = (uint32_t)put_for(GETTER, "the first one"); }

static void take_one(void) {
  mp_taken taken;
  page[128] = take_by(GETTER, first, &taken);
  page[129] = taken.more;
  page[130] = taken.left;
}

static void wait_there(void) {
  fresh();
  CHECK(enter(GETTER) == (int32_t)first);
}

static void wait_with_item(void) {
  wait_there();
  CHECK(put_for(GETTER, "the first one") == MP_SENT);
}

/* Does `work` until a word has this value, lets `meanwhile` happen, and does the rest. */
static void interrupted(void (*prepare)(void), void (*work)(void), uint32_t at, uint32_t value,
                        void (*meanwhile)(void)) {
  prepare();
  pid_t child = start_stopped(work);
  while (words[at] != value) CHECK(step(child));
  meanwhile();
  finish(child);
}

static void shuts(void) { words[STATE] = 1; }
static void gives_back(void) { words[READY] = 1; }
static void putter_waits(void) { words[PUTTERS] = 1; }
static void contends_put(void) { words[PUT_LATCH] |= CONTENDED; }
static void contends_get(void) { words[GET_LATCH] |= CONTENDED; }
static void takes(void) { words[HEAD] = words[RING]; }
static void takes_and_contends(void) {
  takes();
  contends_get();
}
static void shuts_and_contends(void) {
  shuts();
  contends_put();
}
static void has_the_latch(void) { words[GET_LATCH] = OTHER; }

/* What is another case only under the latch. */
static void found_inside(void) {
  static void (*const against_put[])(void) = {shuts, gives_back};
  for (size_t i = 0; i < 2; i++) {
    interrupted(wait_there, put_one, PUT_LATCH, PUTTER, against_put[i]);
    CHECK(page[128] == MP_NOT_SENT && words[RING] == 0 && words[FIRST] == 0 && words[first] == GETTER && is_quiet());
  }
  interrupted(wait_there, put_one, PUT_LATCH, PUTTER, shuts_and_contends);
  CHECK(page[128] == MP_INSIDE && words[RING] == 0 && words[PUT_LATCH] == (PUTTER | CONTENDED));
  /* Those that wait for the latch are rung by JavaScript, then the one that waits for the item. */
  interrupted(wait_there, put_one, PUT_LATCH, PUTTER, contends_put);
  CHECK(page[128] == (MP_SENT | MP_INSIDE) && words[RING] >> 1 == 1 && words[PUT_LATCH] == (PUTTER | CONTENDED));
  CHECK(words[first] == GETTER && (words[GETTERS + NOTIFIERS] & 0xffff) == 1 && *page == 0);
  interrupted(wait_there, put_one, PUT_LATCH, PUTTER, putter_waits);
  CHECK(page[128] == (MP_SENT | MP_SENDERS_WAIT) && words[first] == (GETTER | NOTIFIED) && is_quiet());

  static void (*const against_take[])(void) = {takes, gives_back, putter_waits};
  for (size_t i = 0; i < 3; i++) {
    interrupted(wait_with_item, take_one, GET_LATCH, GETTER, against_take[i]);
    CHECK(page[128] == 0 && page[129] == 0 && words[first] == GETTER && words[first + TRY] == 0 && is_quiet());
    CHECK(words[HEAD] >> 1 == (i == 0 ? 1 : 0));
  }
  interrupted(wait_with_item, take_one, GET_LATCH, GETTER, takes_and_contends);
  CHECK(page[128] == 0 && page[129] == 1 && words[GET_LATCH] == (GETTER | CONTENDED) && words[first + TRY] == 0);
  interrupted(wait_with_item, take_one, GET_LATCH, GETTER, contends_get);
  CHECK(page[128] == 1 && page[129] == 1 && page[130] == 1 && words[GET_LATCH] == (GETTER | CONTENDED));
  CHECK(words[HEAD] >> 1 == 1 && words[first] == 0);
  /* Another has the latch just before: it tries again as one that waits. */
  interrupted(wait_with_item, take_one, first + TRY, TRYING, has_the_latch);
  CHECK(page[128] == 0 && page[129] == 0 && words[GET_LATCH] == OTHER && words[first] == GETTER);
  CHECK(words[first + TRY] == 0 && words[HEAD] == 0);
}

/* What the thread that recovers a latch does: it was free, or of the one that died. */
static bool recover(uint32_t latch, uint32_t dead) {
  bool was_held = words[latch] != 0;
  CHECK(!was_held || words[latch] == dead);
  words[latch] = 0;
  return was_held;
}

static int was_done, was_held;

static void goes_on_after_a_put(void) {
  mp_taken taken;
  if (recover(PUT_LATCH, PUTTER)) was_held++;
  if (words[RING] >> 1 == 1) was_done++;
  else CHECK(words[RING] == 0 && put_for(GETTER, "the first one") == MP_SENT);
  /* Chosen or not: that the waiter looks by itself is for JavaScript. */
  words[first] |= NOTIFIED;
  CHECK(take_by(GETTER, first, &taken) && got(&taken, "the first one") && words[HEAD] >> 1 == 1);
  CHECK(enter(GETTER) == (int32_t)first && put_for(GETTER, "the next") == MP_SENT);
  CHECK(take_by(GETTER, first, &taken) && got(&taken, "the next"));
}

static void goes_on_after_a_take(void) {
  mp_taken taken;
  if (recover(GET_LATCH, GETTER)) was_held++;
  /* Else no look of others would ever count as a rescue again. */
  CHECK((words[GETTERS + NOTIFIERS] & 0xffff) == 0);
  words[first] = 0;
  /* The item is there for another one, or it has died with its getter. */
  if (words[HEAD] >> 1 == 1) was_done++;
  else {
    words[second] = OTHER | NOTIFIED;
    CHECK(take_by(OTHER, second, &taken) && got(&taken, "the first one"));
  }
  CHECK(words[HEAD] >> 1 == 1 && enter(OTHER) == (int32_t)first && put_for(OTHER, "the next") == MP_SENT);
  CHECK(take_by(OTHER, first, &taken) && got(&taken, "the next"));
}

/* A putter or a getter that is killed anywhere: its item is there or not, whole, and the queue goes on. */
static void killed(void (*prepare)(void), void (*work)(void), void (*check)(void)) {
  prepare();
  was_done = was_held = 0;
  int states = for_each_cut(work, words, WORDS * 4, check);
  CHECK(states > 9 && was_done > 2 && was_done < states - 2 && was_held > 2 && was_held < states - 2);
}
#endif

void test_queue(void) {
  words = mmap(NULL, WORDS * 4, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(words != MAP_FAILED && page != MAP_FAILED);
  put_and_taken();
  longest_first();
  left_to_javascript();
  damaged();
#ifdef __linux__
  found_inside();
  killed(wait_there, put_one, goes_on_after_a_put);
  killed(wait_with_item, take_one, goes_on_after_a_take);
#endif
  CHECK(munmap(words, WORDS * 4) == 0 && munmap(page, 4096) == 0);
}
