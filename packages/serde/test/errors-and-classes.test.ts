import { TimeoutError, WorkerDiedError } from '@mp/core';
import { RemoteError, registerClass, SerializationError } from '@mp/serde';
import { decode, encode } from '@mp/serde/internal';
import { describe, expect, test } from 'vitest';
import { NO_CARRIER, travel } from './carrier.ts';

class Unknown extends Error {
  detail = 7;
  override name = 'UnknownError';
}

class Known extends Error {
  constructor(readonly status: number) {
    super(`status ${status}`);
  }
}
registerClass(Known);

class Money {
  #cents: number;
  constructor(cents: number) {
    this.#cents = cents;
  }
  get euros() {
    return this.#cents / 100;
  }
  static {
    registerClass(Money, { toData: (money: Money) => money.#cents, fromData: (cents) => new Money(cents) });
  }
}

class Tree {
  children: Tree[] = [];
  parent: Tree | undefined;
  get depth(): number {
    return this.parent === undefined ? 0 : this.parent.depth + 1;
  }
}
registerClass(Tree, { name: 'app.Tree' });

describe('errors', () => {
  test.each([Error, TypeError, RangeError, SyntaxError, EvalError, URIError, ReferenceError])(
    '%o',
    (Class) => {
      const error = Object.assign(new Class('broken'), { code: 'E_CODE', extra: { a: [1] } });
      const received = travel(error);
      expect(received).toBeInstanceOf(Class);
      expect(Object.getPrototypeOf(received)).toBe(Class.prototype);
      expect(received).toMatchObject({
        message: 'broken',
        code: 'E_CODE',
        extra: { a: [1] },
        stack: error.stack,
      });
      expect(Object.keys(received).sort()).toEqual(['code', 'extra']);
    },
  );

  test('causes and the errors of an AggregateError', () => {
    const cause = new TypeError('root');
    const error = new AggregateError([new RangeError('a'), 'b'], 'several', { cause });
    const received = travel(error);
    expect(received).toBeInstanceOf(AggregateError);
    expect(received.errors[0]).toBeInstanceOf(RangeError);
    expect(received.errors[1]).toBe('b');
    expect(received.cause).toBeInstanceOf(TypeError);
    expect((received.cause as Error).message).toBe('root');
  });

  test('an error that is its own cause', () => {
    const error = new Error('loop');
    error.cause = error;
    const received = travel(error);
    expect(received.cause).toBe(received);
  });

  test('errors of @mp are themselves, with their fields', () => {
    const timeout = travel(new TimeoutError('late'));
    expect(timeout).toBeInstanceOf(TimeoutError);
    expect(timeout.code).toBe('ERR_MP_TIMEOUT');
    const died = travel(new WorkerDiedError('gone', { pid: 5, signal: 'SIGKILL', task: 'work' }));
    expect(died).toBeInstanceOf(WorkerDiedError);
    expect(died).toMatchObject({ pid: 5, signal: 'SIGKILL', task: 'work' });
    expect(travel(new SerializationError('no', 'args[0]')).path).toBe('args[0]');
  });

  test('a DOMException keeps its name', () => {
    const received = travel(AbortSignal.abort().reason);
    expect([received.name, received instanceof DOMException]).toEqual(['AbortError', true]);
  });

  test('a class that is not registered is a RemoteError with its name and stack', () => {
    const error = new Unknown('odd');
    const received = travel(error) as unknown as RemoteError;
    expect(received).toBeInstanceOf(RemoteError);
    expect(received).toMatchObject({
      remoteName: 'UnknownError',
      message: 'odd',
      detail: 7,
      stack: error.stack,
    });
    expect(received.code).toBe('ERR_MP_REMOTE');
  });

  test('a registered one is itself, and its constructor is not run', () => {
    const received = travel(new Known(404));
    expect(received).toBeInstanceOf(Known);
    expect(received).toMatchObject({ status: 404, message: 'status 404' });
  });

  test('causes without end are cut off, the error arrives all the same', () => {
    let error = new Error('root');
    for (let level = 0; level < 5_000; level++) error = new Error(`level ${level}`, { cause: error });
    let received = travel(error);
    let length = 0;
    for (; received.cause instanceof Error; length++) received = received.cause;
    expect(length).toBeGreaterThan(100);
  });

  test('what of an error cannot be sent is left out; the error arrives all the same', () => {
    const error = Object.assign(new Error('kept'), { callback: () => {}, ok: 1 });
    Object.defineProperty(error, 'trap', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    const received = travel(error);
    expect([received.message, Object.keys(received)]).toEqual(['kept', ['ok']]);
    const unreadable = new Error('x');
    Object.defineProperty(unreadable, 'message', {
      get: () => {
        throw new Error('no');
      },
    });
    expect(travel(unreadable).message).toMatch(/cannot be read/);
  });
});

describe('registered classes', () => {
  test('travel as themselves, by toData or by their fields', () => {
    const money = travel({ price: new Money(250) }).price;
    expect([money instanceof Money, money.euros]).toEqual([true, 2.5]);
    const tree = new Tree();
    const child = new Tree();
    child.parent = tree;
    tree.children.push(child);
    const received = travel(tree);
    expect(received).toBeInstanceOf(Tree);
    expect(received.children[0].depth).toBe(1);
    expect(received.children[0].parent).toBe(received);
  });

  test('one that the receiver does not know is an error that names it', () => {
    const { bytes } = encode(new Money(1), NO_CARRIER);
    const other = Buffer.from(Buffer.from(bytes).toString('latin1').replace('Money', 'Mooey'), 'latin1');
    expect(() => travelBytes(other)).toThrow(/class "Mooey" is not registered in this thread/);
  });

  test.each([
    [5, {}, /a class is needed/],
    [() => {}, {}, /a class is needed/],
    [class extends Map {}, { name: 'MyMap' }, /Give toData and fromData/],
    [class Half {}, { toData: () => 1 }, /give both/],
    [class {}, {}, /give it a name/],
    [class Money {}, {}, /second class as "Money"/],
    [Object, {}, /plain objects travel by themselves/],
    [class Bad {}, { toData: 1, fromData: 2 }, /must be a function/],
  ])('refuses to register %o with %o', (Class, options, message) => {
    expect(() => registerClass(Class as never, options as never)).toThrow(message);
  });

  test('one that the receiver makes by fromData is never made of fields', () => {
    class Fields {
      a = 1;
    }
    registerClass(Fields, { name: 'Munny' });
    const { bytes } = encode(new Fields(), NO_CARRIER);
    const other = Buffer.from(Buffer.from(bytes).toString('latin1').replace('Munny', 'Money'), 'latin1');
    expect(() => travelBytes(other)).toThrow(/"Money" was registered here with fromData, there without/);
  });

  test('toData may make a message of its own meanwhile', () => {
    class Nested {
      inner = { a: 1 };
    }
    registerClass(Nested, {
      toData: (nested: Nested) => new Uint8Array(encode(nested.inner, NO_CARRIER).bytes),
      fromData: (bytes: Uint8Array) => Object.assign(new Nested(), { inner: travelBytes(bytes) }),
    });
    expect(travel({ before: 'x', nested: new Nested(), after: 'y' })).toEqual({
      before: 'x',
      nested: new Nested(),
      after: 'y',
    });
  });
});

function travelBytes(bytes: Uint8Array) {
  return decode(bytes, NO_CARRIER);
}
