export { asyncBarrierSuite, type BarrierOrder } from './async-barrier-suite.ts';
export { asyncConditionSuite, type ConditionOrder } from './async-condition-suite.ts';
export { asyncEventSuite } from './async-event-suite.ts';
export { asyncLockSuite } from './async-lock-suite.ts';
export { asyncMapSuite } from './async-map-suite.ts';
export { asyncRLockSuite } from './async-rlock-suite.ts';
export { asyncSemaphoreSuite, type SemaphoreOrder } from './async-semaphore-suite.ts';
export type { AsyncFactory, Users } from './async-types.ts';
