import { onBothBackends } from '../harness/backends.mjs';
import lockHandOff from './lock-hand-off.mjs';

export default onBothBackends(
  lockHandOff,
  'a lock from one process to another that waits for it, and another one back',
);
