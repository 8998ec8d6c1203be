import { onBothBackends } from '../harness/backends.mjs';
import lockRecovery from './lock-recovery.mjs';

export default onBothBackends(
  lockRecovery,
  'the holder of a lock is SIGKILLed: time until the waiter has it',
);
