import { leakCheck } from '@mp/testing';
import { lockSuite } from './lock-suite.ts';

leakCheck();
lockSuite('process', 'Lock');
lockSuite('process', 'RLock');
