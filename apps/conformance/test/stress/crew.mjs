import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { PEERS } from './ledger.mjs';

const PROGRAM = new URL('./peer.mjs', import.meta.url);

/** The peers of a run: processes in the even places, worker threads of this process in the odd ones. */
export class Crew {
  #name;
  #seed;
  #count = 0;
  /** @type {Map<number, { kill: () => void, exited: Promise<void> }>} */
  #peers = new Map();
  /** @type {string[]} what peers that nobody killed ended with */
  failures = [];
  kills = 0;

  /** @param {string} name of the scenario @param {number} seed */
  constructor(name, seed) {
    this.#name = name;
    this.#seed = seed;
    for (let place = 0; place < PEERS; place++) this.#start(place);
  }

  /** @param {number} place kills the peer that has it, in the middle of its work, and starts another one */
  async replace(place) {
    const peer = this.#peers.get(place);
    this.kills++;
    peer.kill();
    await peer.exited;
    this.#start(place);
  }

  async end() {
    await Promise.all([...this.#peers.values()].map(({ exited }) => exited));
  }

  killAll() {
    for (const { kill } of this.#peers.values()) kill();
    return this.end();
  }

  #start(place) {
    const about = { name: this.#name, place, seeds: [this.#seed, place, this.#count++] };
    this.#peers.set(place, place % 2 === 0 ? this.#process(about) : this.#thread(about));
  }

  #process(about) {
    const child = spawn(process.execPath, [fileURLToPath(PROGRAM), JSON.stringify(about)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (text) => (stderr += text));
    const exited = new Promise((resolve) =>
      child.on('close', (code, signal) => {
        if (code !== 0 && signal !== 'SIGKILL')
          this.failures.push(`process ${about.place}: ${stderr || signal}`);
        resolve();
      }),
    );
    return { kill: () => child.kill('SIGKILL'), exited };
  }

  #thread(about) {
    const worker = new Worker(PROGRAM, { workerData: about });
    worker.on('error', (error) => this.failures.push(`thread ${about.place}: ${error.stack}`));
    const exited = new Promise((resolve) => worker.on('exit', () => resolve()));
    return { kill: () => void worker.terminate(), exited };
  }
}
