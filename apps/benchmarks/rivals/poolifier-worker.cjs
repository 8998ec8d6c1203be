// The tasks, as poolifier wants them: a worker of its own that registers them.
const { isMainThread } = require('node:worker_threads');
const { ClusterWorker, ThreadWorker } = require('poolifier');
const tasks = require('../harness/tasks.cjs');

const Worker = isMainThread ? ClusterWorker : ThreadWorker;
module.exports = new Worker({ ...tasks });
