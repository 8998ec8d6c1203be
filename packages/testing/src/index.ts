export { type Cut, cutAtEveryStore } from './cut.ts';
export { eventually } from './eventually.ts';
export { type Exit, type Fixture, type FixtureOptions, spawnFixture } from './fixture.ts';
export { leakCheck } from './leak-check.ts';
export { type Holdings, holdings, leaksSince } from './leaks.ts';
export { childrenOf, commandOf, descendantsOf, isRunning } from './process-tree.js';
export { runInSmallFileSystem } from './small-file-system.ts';
export { type PeerKind, spawnPeer, spawnThread } from './thread.ts';
export { watchdog } from './watchdog.ts';
