import type { Names } from '../names.ts';
import { Holder, type HolderOrder } from '../queue/holder.ts';
import type { Argument, Reply, Script } from '../scripts.ts';
import type { Session } from '../session.ts';
import { POOL_PARTS } from './scripts.ts';

/** How long Redis remembers what became of the last call, for the case that its answer was lost. */
export const MEMO_MS = 600_000;

/** How a giver, or a server, reaches its pool. */
export class PoolLink {
  readonly session: Session;
  readonly holder: Holder;
  readonly #names: Names;
  readonly #keys: readonly string[];

  constructor(session: Session, name: string, order: Omit<HolderOrder, 'what'>) {
    this.session = session;
    this.#names = session.names('pool', name);
    this.#keys = [this.#names.main, ...POOL_PARTS.map((part) => this.#names.part(part))];
    this.holder = new Holder(session, this.#names, { ...order, what: `work of the pool "${name}"` });
  }

  /** @param own a key of this object alone: what its last call came to, or its answers */
  run(
    script: Script,
    args: readonly Argument[],
    own?: 'give' | 'take' | 'answer' | 'answers',
  ): Promise<Reply> {
    const { name } = this.holder;
    if (own === undefined) return this.session.run(script, this.#keys, args);
    const key = own === 'answers' ? this.#names.part(`r:${name}`) : `${name}:${own}`;
    return this.session.run(script, [...this.#keys, key], args);
  }

  leave(): void {
    this.holder.letGo();
    this.holder.deafen();
  }
}
