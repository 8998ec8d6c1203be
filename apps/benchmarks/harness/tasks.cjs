const { setTimeout: pause } = require('node:timers/promises');
const { isMainThread, threadId } = require('node:worker_threads');

// What workers of pools are asked to do, the same for every pool: functions of one argument. CommonJS, because the
// processes of poolifier do not hear the first message of their pool while they still import a module.

exports.square = (number) => number * number;

/** Looks at both ends of what it got, and tells how much that is. */
exports.weigh = (bytes) => bytes.length + bytes[0] + bytes[bytes.length - 1];

/** Keeps a core busy. */
exports.burn = (turns) => {
  let state = 1;
  for (let turn = 0; turn < turns; turn++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
  }
  return state;
};

// Said to be async: poolifier waits for the result of nothing else.
exports.nap = async (milliseconds) => pause(milliseconds, milliseconds);

/** Which worker this is: unlike that of any other worker of the pool, also of one that ended. */
exports.place = () => `${process.pid}/${threadId}`;

/** Something that may end the worker: `['later', 100, 'exit', 3]`. */
exports.act = async ([what, ...how]) => ACTS[what](...how);

const ACTS = {
  nap: exports.nap,
  /** By a signal; a thread, which has none, exits. */
  kill(signal) {
    if (!isMainThread) process.exit();
    process.kill(process.pid, signal);
    return pause(600_000);
  },
  exit: (code) => process.exit(code),
  abort: () => process.abort(),
  block() {
    for (;;);
  },
  later: (milliseconds, ...act) => pause(milliseconds).then(() => exports.act(act)),
  /** Is done at once; the worker goes on with it while it is idle. */
  leave: (milliseconds, ...act) => void setTimeout(() => exports.act(act), milliseconds),
};
