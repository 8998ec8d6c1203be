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
    scene: 'S72',
    here: 'Hello, main (in MainProcess)',
    python: 'Hello, main (in MainThread)',
    why: 'as in S07',
  },
];
