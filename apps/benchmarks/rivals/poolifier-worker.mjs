// The tasks, as poolifier wants them: a worker of its own that registers them.
import { isMainThread } from 'node:worker_threads';
import { ClusterWorker, ThreadWorker } from 'poolifier';
import * as tasks from '../harness/tasks.mjs';

const Worker = isMainThread ? ClusterWorker : ThreadWorker;
export default new Worker({ ...tasks });
