import { leakCheck } from '@mp/testing';
import { lockSuite } from './lock-suite.ts';

leakCheck();
lockSuite('thread', 'Lock');
lockSuite('thread', 'RLock');
