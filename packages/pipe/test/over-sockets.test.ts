import { leakCheck } from '@mp/testing';
import { connectionSuite } from './connection-suite.ts';
import { socketPair, TCP } from './socket-pair.ts';

leakCheck();

connectionSuite('a Unix socket to a process', {
  make: () => socketPair('process'),
  sync: true,
  bounded: false,
});
connectionSuite('a TCP connection to a thread', {
  make: () => socketPair('thread', TCP),
  sync: true,
  bounded: false,
});
