import { spawn } from 'node:child_process';

/** Groups of processes under way, so that an interrupted run leaves none behind. */
const running = new Set();

/**
 * Runs a program to its end and reads the JSON in the last line of its stdout.
 *
 * It gets a process group of its own: a round that hangs, or leaves children, is ended as a whole.
 *
 * @param limit ms until it counts as hanging
 */
export async function runProgram(command, args, { limit = 60_000, env } = {}) {
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  if (child.pid !== undefined) running.add(child.pid);
  let late = false;
  const watchdog = setTimeout(() => {
    late = true;
    endGroup(child.pid);
  }, limit);
  try {
    const [stdout, stderr, ended] = await Promise.all([text(child.stdout), text(child.stderr), end(child)]);
    if (late) throw new Error(`no end after ${limit / 1000} s${tail(stderr)}`);
    if (ended.code !== 0)
      throw new Error(`ended with ${ended.signal ?? `exit code ${ended.code}`}${tail(stderr)}`);
    return JSON.parse(stdout.trimEnd().split('\n').at(-1));
  } finally {
    clearTimeout(watchdog);
    endGroup(child.pid);
    running.delete(child.pid);
  }
}

/** Ends every program under way with its children. */
export function endPrograms() {
  for (const pid of running) endGroup(pid);
}

function endGroup(pid) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // ESRCH: all of the group have ended by themselves.
  }
}

async function text(stream) {
  let all = '';
  for await (const chunk of stream.setEncoding('utf8')) all += chunk;
  return all;
}

/** Settles at 'exit', not at 'close': a forgotten child may hold the pipes until its group is ended. */
function end(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      endGroup(child.pid);
      resolve({ code, signal });
    });
  });
}

function tail(stderr) {
  const lines = stderr.trim().split('\n');
  const said = lines.find((line) => /^\w*Error\b|Error:|Error \[/.test(line)) ?? lines.at(-1);
  return said ? `: ${said.trim()}` : '';
}
