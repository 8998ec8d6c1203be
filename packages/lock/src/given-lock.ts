import { KINDS, kindOf, type Parameter, Segment, type SegmentViews } from '@mp/core/internal';
import type { Address } from './closed-segment.ts';
import { Lock } from './lock.ts';
import { OwnedLock } from './owned-lock.ts';
import { RLock } from './rlock.ts';

/*
 * Where an object that brings its lock along says that it uses another one instead:
 *
 *   CLASS    kind of the lock it was given: Lock or RLock; 0 = its own, NONE = it has no lock
 *   HOST     kind of the segment in which that lies
 *   VERSION  version of its layout
 *   FILE     its name, 128 bytes ended by 0
 */
const CLASS = 0;
const HOST = 1;
const VERSION = 2;
const FILE = 16;
const FILE_BYTES = 128;
const NONE = -1;

/** Words that the address of a given lock takes. */
export const GIVEN_LOCK_WORDS = FILE + FILE_BYTES / 4;

/** What an object is told about its lock: one that several objects share, `true` = its own, `false` = none. */
export type LockChoice = boolean | Lock | RLock;

/** @throws TypeError unless `choice` is `undefined`, or a lock, or a boolean where that is allowed */
export function checkLockChoice(choice: unknown, of: string, booleans: boolean): void {
  if (choice === undefined || choice instanceof OwnedLock || (booleans && typeof choice === 'boolean'))
    return;
  const found = choice === null ? 'null' : `a ${typeof choice}`;
  const expected = booleans ? 'true, false, a Lock or an RLock' : 'a Lock or RLock';
  throw new TypeError(`The lock of ${of} must be ${expected}, not ${found}`);
}

/** Writes down, at word `at` of a segment that no other thread sees yet, which lock its object uses. */
export function writeLockChoice(
  { words, bytes }: SegmentViews,
  at: number,
  choice: LockChoice | undefined,
): void {
  if (choice === false) words[at + CLASS] = NONE;
  if (!(choice instanceof OwnedLock)) return;
  const { file, kind, version } = choice.address;
  words[at + CLASS] = choice instanceof RLock ? KINDS.rlock : KINDS.lock;
  words[at + HOST] = KINDS[kind];
  words[at + VERSION] = version;
  bytes.set(Buffer.from(file, 'latin1'), (at + FILE) * 4);
}

/** What must agree when an object of that name exists already; nothing, when nothing was said. */
export function lockParameter(segment: Segment, at: number, choice: LockChoice | undefined): Parameter {
  const asked = choice instanceof OwnedLock ? choice.address.file : choice === false ? 'none' : 'its own';
  const found = addressIn(segment, at)?.file ?? (hasNoLock(segment, at) ? 'none' : 'its own');
  return { name: 'lock', asked: choice === undefined ? undefined : asked, found };
}

/** Whether it was made without a lock. */
export function hasNoLock({ words }: SegmentViews, at: number): boolean {
  return words[at + CLASS] === NONE;
}

/** Whether it was given a lock. */
export function hasGivenLock({ words }: SegmentViews, at: number): boolean {
  return words[at + CLASS] > 0;
}

/**
 * Opens the lock that an object was given; `undefined` = it was given none.
 *
 * @throws MpError `ERR_MP_STALE` when that lock is gone
 */
export function openGivenLock(segment: Segment, at: number): Lock | RLock | undefined {
  const address = addressIn(segment, at);
  if (address === undefined) return undefined;
  const host = Segment.attach(address.file, address.kind, address.version);
  return segment.words[at + CLASS] === KINDS.rlock ? new RLock({}, host) : new Lock({}, host);
}

/** The lock of an object that is only looked at: what it was given, or which that is. */
export function lockChoiceIn(look: SegmentViews, at: number): { lock: string; givenLock?: string } {
  if (hasNoLock(look, at)) return { lock: 'none' };
  const given = addressIn(look, at);
  return given === undefined ? { lock: 'its own' } : { lock: 'given', givenLock: given.file };
}

function addressIn(segment: SegmentViews, at: number): Address | undefined {
  const { words, bytes } = segment;
  if (!hasGivenLock(segment, at)) return undefined;
  const text = Buffer.from(bytes.subarray((at + FILE) * 4, (at + FILE) * 4 + FILE_BYTES)).toString('latin1');
  return {
    file: text.slice(0, text.indexOf('\0')),
    kind: kindOf(words[at + HOST]),
    version: words[at + VERSION],
  };
}
