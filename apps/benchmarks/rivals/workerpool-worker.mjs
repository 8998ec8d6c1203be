// The tasks, as workerpool wants them: a worker of its own that registers them.
import workerpool from 'workerpool';
import * as tasks from '../harness/tasks.mjs';

workerpool.worker({ ...tasks });
