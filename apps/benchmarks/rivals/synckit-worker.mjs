// The task, as synckit wants it: a worker of its own that registers it.
import { runAsWorker } from 'synckit';
import { square } from '../harness/tasks.cjs';

runAsWorker(square);
