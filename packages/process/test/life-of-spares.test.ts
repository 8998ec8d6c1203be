import { leakCheck } from '@mp/testing';
import { lifeSuite } from './life-suite.ts';

leakCheck();
process.env.MP_TEST_SPARES = '1';
lifeSuite('Process', 'a spare');
