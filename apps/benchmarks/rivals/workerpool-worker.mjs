// The tasks, as workerpool wants them: a worker of its own that registers them.
import workerpool from 'workerpool';
import tasks from '../harness/tasks.cjs';

workerpool.worker(tasks);
