import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Python } from '@mp/testing';

/** A Python that runs fixtures/python-peer.py. */
export class PythonPeer {
  readonly #child;
  readonly #lines;

  constructor({ path }: Python) {
    const program = fileURLToPath(new URL('./fixtures/python-peer.py', import.meta.url));
    this.#child = spawn(path, ['-u', program], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  say(command: object): void {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
  }

  async answer(): Promise<Record<string, unknown>> {
    const { value } = await this.#lines.next();
    return JSON.parse(value ?? '{"error":"it ended"}');
  }

  async end(): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }
}
