import { Explorer, type Mutant, Sources } from '@mp/testing/model';
import { describe, expect, test } from 'vitest';

/*
 * The source of the shape table under every order in which its writers can take turns: docs/decisions/006 says what that
 * covers. That the bytes of an entry come one after the other is covered by the test that cuts a writer at each store.
 */
const SOURCES = ['core/shape-table'];

function explorer(mutants: readonly Mutant[] = []): Explorer {
  return new Explorer(new Sources(new URL('./model/shapes.ts', import.meta.url), SOURCES, { mutants }));
}

const scenarios = explorer();
for (const name of scenarios.names) {
  test(name, () => {
    const found = scenarios.explore(name);
    expect(found.failure).toBeUndefined();
    expect(found.states).toBeGreaterThan(50);
    expect(found.complete).toBe(true);
  });
}

const FILE = 'core/shape-table.ts';

describe('the exploration finds', () => {
  test.each([
    [
      'a writer that does not wait for the death of the one before',
      { file: FILE, from: 'return !me.isAlive(owner) && ', to: 'return ' },
      'ShapeTable: two threads add an entry',
      'is not there',
    ],
    [
      'a writer that does not look whether others have added something',
      { file: FILE, from: 'this.end === end && end >= 0', to: 'end >= 0' },
      'ShapeTable: two threads add an entry',
      'is not there',
    ],
    [
      'a writer that keeps what it took',
      { file: FILE, from: '    Atomics.store(this.#words, this.#base + WRITER, 0);\n', to: '' },
      'ShapeTable: two threads add an entry',
      'nobody can add',
    ],
    [
      'a table that is never taken from the dead',
      { file: FILE, from: 'return !me.isAlive(owner) && ', to: 'return me.id < 0 && ' },
      'ShapeTable: one of two threads that add an entry is killed',
      'nobody can add',
    ],
  ])('%s', (_, mutant, scenario, finds) => {
    expect(explorer([mutant]).explore(scenario).failure ?? 'nothing').toContain(finds);
  });
});
