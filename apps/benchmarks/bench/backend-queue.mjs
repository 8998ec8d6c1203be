import { onBothBackends } from '../harness/backends.mjs';
import queueSmall from './queue-small.mjs';

export default onBothBackends(queueSmall, 'small objects from one producer process to one consumer process');
