import { ClosedError } from '@mp/core';
import { REFUSE } from '@mp/core/internal';
import type { Names } from './names.ts';
import type { Argument, Reply, Script } from './scripts.ts';
import type { Session } from './session.ts';

/** What every object of a site has. It exists in Redis from its first change on; making one costs no round trip. */
export abstract class SiteObject {
  /** Its name, which all members of the namespace share. */
  readonly name: string;
  protected readonly session: Session;
  protected readonly names: Names;
  /** @internal As messages call it. */
  protected readonly title: string;
  readonly #kind: string;
  #isClosed = false;

  /** @internal */
  protected constructor(session: Session, kind: string, name: string) {
    this.session = session;
    this.names = session.names(kind, name);
    this.name = name;
    this.title = `the ${kind} ${JSON.stringify(name)}`;
    this.#kind = kind;
  }

  /** Lets go of it here: waits of this object reject with `ERR_MP_CLOSED`. What it has handed out stays valid. Safe to call again. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.endWaits(new ClosedError(`Cannot use ${this.title}: it was closed here. Ask the site for it again`));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal */
  protected endWaits(_error: ClosedError): void {}

  /** @internal */
  protected assertOpen(): void {
    if (this.#isClosed)
      throw new ClosedError(`Cannot use ${this.title}: it was closed here. Ask the site for it again`);
  }

  /** @internal */
  protected async run(script: Script, keys: readonly string[], args?: readonly Argument[]): Promise<Reply> {
    this.assertOpen();
    return this.session.run(script, keys, args);
  }

  /** @internal Why it cannot travel. */
  get [REFUSE](): string {
    return `${this.title} belongs to the site of its process. Send its name, and ask a site there for it`;
  }

  /** @internal What `console.log` shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `${this.#kind} ${JSON.stringify(this.name)} of ${this.session.namespace}`;
  }
}
