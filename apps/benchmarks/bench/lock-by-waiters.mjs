import { byWaiters } from '../harness/growth.mjs';

export default byWaiters('A lock to one of several processes that wait for it, and another one back', 'Lock');
