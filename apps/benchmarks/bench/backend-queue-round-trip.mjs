import { onBothBackends } from '../harness/backends.mjs';
import queueRoundTrip from './queue-round-trip.mjs';

export default onBothBackends(
  queueRoundTrip,
  'a small object there and back between two processes, one at a time',
);
