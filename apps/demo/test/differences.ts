/** Lines of a scene that are not those of its Python port, and why. */
export interface Difference {
  scene: string;
  /** The line here; left out: the scene has none for that of Python. */
  here?: string;
  /** The line of Python; left out: Python has none for that of the scene. */
  python?: string;
  why: string;
}

/** Everything else is the same in both. */
export const DIFFERENCES: readonly Difference[] = [
  {
    scene: 'S07',
    here: 'runs in MainProcess',
    python: 'runs in MainThread',
    why: 'Python has one name for the main process and one for its main thread; here that is one thing',
  },
  {
    scene: 'S13',
    here: 'second: DeadlockError',
    why: 'a thread that would wait for itself gets an error; in Python it waits without end',
  },
  {
    scene: 'S47',
    here: 'a new thread after two tasks: 0 0 2 2 4 4',
    why: 'in Python only processes of a pool can be replaced',
  },
  {
    scene: 'S50',
    here: 'a closure for a thread: refused',
    python: 'a closure for a thread: taken',
    why: 'threads of Python share all functions; here each thread has its own copy of every module',
  },
  {
    scene: 'S53',
    here: 'a pool for a thread: refused',
    python: 'a pool for a thread: taken',
    why: 'threads of Python share all objects; here what a thread is given is copied, or shared memory',
  },
  {
    scene: 'S54',
    here: 'join before close: TypeError',
    python: 'join before close: ValueError',
    why: 'a call at the wrong time is a TypeError here',
  },
  {
    scene: 'S57',
    here: 'process: imap() has read at most 6 at its first result: true',
    why: 'imap() of Python reads all that there is, as fast as it can',
  },
  {
    scene: 'S57',
    here: 'thread: imap() has read at most 6 at its first result: true',
    why: 'as for processes',
  },
  {
    scene: 'S63',
    here: 'exit code: 0',
    python: 'exit code: 0',
    why: 'a thread has an exit code here, and none in Python',
  },
  {
    scene: 'S63',
    here: 'zombies: 0',
    python: 'zombies: 2',
    why: 'in Python a child that has ended is a zombie until it is joined, or the next one is started',
  },
  {
    scene: 'S71',
    here: 'by a task in the server: 200 of 200',
    why: 'Python has no such thing',
  },
  {
    scene: 'S72',
    here: 'Hello, main (in MainProcess)',
    python: 'Hello, main (in MainThread)',
    why: 'as in S07',
  },
];
