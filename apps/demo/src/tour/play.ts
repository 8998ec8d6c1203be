import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { prove } from './prove.ts';
import type { Entry } from './scenes.ts';

/** Scenes take a second or two: one that has not ended by then hangs. */
const ENDS_WITHIN_MS = 60_000;

/** The two streams that a scene writes to. */
export type Output = Record<'stdout' | 'stderr', { write(text: string): unknown }>;

/**
 * Runs a scene in a process of its own, shows what it writes as it comes, and looks at its proof.
 *
 * @returns why it is not what it should be, with what was expected and what was seen; `undefined`: it is
 */
export async function play(scene: Entry, output: Output): Promise<string | undefined> {
  const child = spawn(process.execPath, [fileURLToPath(scene.program)]);
  let hangs = false;
  const stopped = stopWith(child, () => {
    hangs = true;
  });
  // A scene that does not read its input is no failure.
  child.stdin.on('error', () => {});
  child.stdin.end(scene.input ?? '');
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      output[name].write(text);
    });
  }
  const ending = await new Promise<string | number | null>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal ?? code));
  }).finally(stopped);
  try {
    prove('how the program ends', hangs ? `not within ${ENDS_WITHIN_MS / 1000} s` : ending, 0);
    const { stdout, stderr } = written;
    const wanted = scene.stderr ?? /^$/;
    prove('what it writes to standard error', wanted.test(stderr) ? wanted : stderr, wanted);
    scene.proof?.({ lines: stdout.split('\n').slice(0, -1), stderr });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Ends the program of a scene when it hangs, or when this process is told to end. @returns what ends the watch */
function stopWith(child: ReturnType<typeof spawn>, onHang: () => void): () => void {
  const timer = setTimeout(() => {
    onHang();
    child.kill('SIGKILL');
  }, ENDS_WITHIN_MS);
  const stop = (signal: NodeJS.Signals) => {
    child.kill(signal);
    watch('off');
    process.kill(process.pid, signal);
  };
  const watch = (how: 'on' | 'off') => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process[how](signal, stop);
  };
  watch('on');
  return () => {
    clearTimeout(timer);
    watch('off');
  };
}
