import { onBothBackends } from '../harness/backends.mjs';
import pipeRoundTrip from './pipe-round-trip.mjs';

export default onBothBackends(
  pipeRoundTrip,
  'a small object there and back over one two-way connection, one at a time',
);
