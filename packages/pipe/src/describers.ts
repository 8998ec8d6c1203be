import {
  type Describers,
  description,
  type Holding,
  type Look,
  rescuedIn,
  ringIn,
  waitersIn,
} from '@mp/core/internal';
import { endIn } from './end.ts';
import {
  DUPLEX,
  endAt,
  LEFT,
  PIPE_VERSION,
  RIGHT,
  receiveWaitersAt,
  ringAt,
  SHAPES,
  type Side,
  sendWaitersAt,
  WAITERS_CAPACITY,
} from './layout.ts';

const SIDES = [
  [LEFT, 'left'],
  [RIGHT, 'right'],
] as const;

function tables(side: Side): [number, string][] {
  return [
    [receiveWaitersAt(side), 'receive'],
    [sendWaitersAt(side), 'send'],
  ];
}

function describe(look: Look) {
  const ends = SIDES.map(([side, name]) => ({ side, name, ...endIn(look, endAt(side)) }));
  const [left, right] = ends;
  const fromLeft = ringIn(look, ringAt(LEFT));
  const fromRight = ringIn(look, ringAt(RIGHT));
  const holders = ends.flatMap(({ name, agent }): Holding[] =>
    agent === undefined ? [] : [{ agent, role: `${name} end`, count: 1 }],
  );
  const waiters = ends.flatMap(({ side, name }) =>
    tables(side).flatMap(([table, what]) =>
      waitersIn(look, table, WAITERS_CAPACITY, `${what} at the ${name} end`),
    ),
  );
  return description(left.state === right.state ? left.state : `${left.state} | ${right.state}`, {
    holders,
    waiters,
    measures: { depth: fromLeft.depth + fromRight.depth, bytes: fromLeft.bytes + fromRight.bytes },
    counters: {
      leftSent: fromLeft.written,
      rightSent: fromRight.written,
      leftBytes: fromLeft.writtenBytes,
      rightBytes: fromRight.writtenBytes,
      rescued: SIDES.flatMap(([side]) => tables(side)).reduce(
        (sum, [table]) => sum + rescuedIn(look, table),
        0,
      ),
    },
    details: {
      duplex: look.words[DUPLEX] === 1,
      leftToRight: fromLeft.depth,
      rightToLeft: fromRight.depth,
    },
  });
}

/** What can be told of pipes. */
export const describers: Describers = {
  pipe: { version: PIPE_VERSION, bytes: SHAPES * 4, describe },
};
