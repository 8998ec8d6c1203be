import { channel } from 'node:diagnostics_channel';
import type { Job } from './job.ts';

/** What the subscribers of a pool's channels get; the same object for all moments of one job. */
export interface JobTrace {
  /** The name of the task. */
  task: string;
  /** How many calls it stands for. */
  calls: number;
  attempt: number;
  error?: unknown;
}

/* The names of `tracingChannel('mp:pool.task')` of node:diagnostics_channel. */
const channels = {
  start: channel('tracing:mp:pool.task:start'),
  end: channel('tracing:mp:pool.task:asyncEnd'),
  error: channel('tracing:mp:pool.task:error'),
};
const traces = new WeakMap<Job, JobTrace>();

/** Tells who listens that a job was given, or is over. */
export function traceJob(moment: keyof typeof channels, job: Job, error?: unknown): void {
  if (moment === 'error') {
    if (channels.error.hasSubscribers) channels.error.publish(Object.assign(traceOf(job), { error }));
    moment = 'end';
  }
  if (channels[moment].hasSubscribers) channels[moment].publish(traceOf(job));
}

function traceOf(job: Job): JobTrace {
  let trace = traces.get(job);
  if (trace === undefined) {
    trace = { task: job.task.name, calls: job.calls, attempt: job.attempt };
    traces.set(job, trace);
  }
  trace.attempt = job.attempt;
  return trace;
}
