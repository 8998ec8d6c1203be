import { leakCheck } from '@mp/testing';
import { lifeSuite } from './life-suite.ts';

leakCheck();
lifeSuite('Thread');
