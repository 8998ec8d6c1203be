import { checkOptions } from '@mp/core/internal';
import { expect, test } from 'vitest';

const KNOWN = ['timeout', 'maxSize', 'chunkSize', 'authKey'] as const;
type Known = Partial<Record<(typeof KNOWN)[number], unknown>>;
const check = (options: unknown) => () => checkOptions(options as Known, 'Thing', KNOWN);

test.each([[{}], [{ timeout: 1 }], [{ timeout: undefined, maxSize: 2 }], [Object.create({ other: 1 })]])(
  '%j is fine',
  (options) => {
    expect(check(options)).not.toThrow();
  },
);

test('a symbol is of no interest', () => {
  expect(check({ [Symbol('mine')]: 1 })).not.toThrow();
});

test.each([
  ['maxsize', 'maxSize'],
  ['max_size', 'maxSize'],
  ['MAX-SIZE', 'maxSize'],
  ['timeOut', 'timeout'],
  ['timout', 'timeout'],
  ['tiemout', 'timeout'],
  ['chunksize', 'chunkSize'],
  ['authkey', 'authKey'],
])('%s resembles %s', (name, meant) => {
  expect(check({ [name]: undefined })).toThrow(
    new TypeError(`Thing has no option "${name}"; did you mean "${meant}"?`),
  );
});

test.each([['x'], ['callback'], [''], ['constructor'], ['__proto__x']])('%j resembles none', (name) => {
  expect(check({ [name]: 1 })).toThrow(
    `Thing has no option ${JSON.stringify(name)}; it takes timeout, maxSize, chunkSize and authKey`,
  );
});

test('a name of any length makes a short message, at once', () => {
  let message = '';
  try {
    check({ ['timeout'.repeat(200_000)]: 1 })();
  } catch (error) {
    ({ message } = error as Error);
  }
  expect(message).toMatch(/^Thing has no option "timeout/);
  expect(message.length).toBeLessThan(200);
});

test.each([
  [null, 'null'],
  [3, 'number'],
  ['timeout', 'string'],
  [() => {}, 'function'],
])('%o are no options', (options, found) => {
  expect(check(options)).toThrow(
    new TypeError(`options must be an object like { timeout, maxSize }, not ${found}`),
  );
});
