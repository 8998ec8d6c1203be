import { MpError } from '@mp/core';
import type { Parameter } from '@mp/core/internal';
import type { Call } from './call.ts';

/** A kind of object that a server makes and calls. */
export interface ServerType {
  /** By which clients ask for it. */
  readonly name: string;

  /** What its objects inherit from, where that is known before the first is made: they are references from the beginning. */
  readonly prototype?: object | undefined;

  /** Whether its objects are data, in which clients may change what lies there. */
  readonly isContainer?: boolean;

  /** Makes one; a promise of one is fine too. What is made may be there already. */
  make(args: readonly unknown[], call: Call): unknown;

  /**
   * What must agree between an object that has a name and the arguments by which it is asked for again. Absent: nothing,
   * as all arguments are what is in a new one at first.
   *
   * @throws TypeError, RangeError when the arguments could make none
   */
  parameters?(value: object, args: readonly unknown[]): readonly Parameter[] | Promise<readonly Parameter[]>;

  /**
   * Runs a method.
   *
   * @throws MpError `ERR_MP_NOT_FOUND` when it has no such method for clients
   */
  invoke(value: object, method: string, args: readonly unknown[], call: Call): unknown;

  /** Runs a task on an object. Default: the task gets `value` itself. */
  update?(value: object, run: (given: unknown) => unknown): unknown;

  /**
   * Whether an object that a method gave back is one of this type, so that the client gets a reference.
   *
   * @param prototype one from which it inherits. The nearest that a type owns decides
   * @param isOwn whether it inherits directly
   */
  owns?(prototype: object, isOwn: boolean): boolean;

  /** The last reference was let go of, and nothing else holds the object by the table of the server. */
  dispose?(value: object): void;
}

/** What an object of a server says to a client that calls what is not for it. */
export function notExposed(type: string, method: string, exposed: Iterable<string>): MpError {
  const names = [...exposed].join(', ') || 'nothing';
  const shown = method.length > 60 ? `${method.slice(0, 60)}…` : method;
  return new MpError(
    'ERR_MP_NOT_FOUND',
    `${type} has no ${JSON.stringify(shown)} for clients: it exposes ${names}`,
  );
}
