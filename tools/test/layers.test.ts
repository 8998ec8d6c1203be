import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { layerProblems } from '../layers.mjs';

const TABLE = { '@mp/low': [], '@mp/high': ['@mp/low'], '@mp/testing': [] };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'layers-'));
  write('pnpm-workspace.yaml', 'packages:\n  - packages/*\n  - apps/demo\n');
  write('package.json', { devDependencies: { vitest: '4.0.0' } });
  write('packages/low/package.json', { name: '@mp/low' });
  write('packages/low/src/index.ts', "import { join } from 'node:path';\nimport './other.ts';\n");
  write('packages/high/package.json', {
    name: '@mp/high',
    dependencies: { '@mp/low': 'workspace:*' },
    devDependencies: { '@mp/testing': 'workspace:*' },
  });
  write(
    'packages/high/src/index.ts',
    "export { low } from '@mp/low';\nimport type { T } from '@mp/low/internal';\n",
  );
  write(
    'packages/high/test/high.test.ts',
    "import { test } from 'vitest';\nimport '@mp/high';\nimport '@mp/testing';\n",
  );
  write('packages/high/tsup.config.ts', "import { library } from '../../tsup.base.ts';\n");
  write('packages/testing/package.json', { name: '@mp/testing' });
  write('apps/demo/package.json', { name: 'demo', dependencies: { '@mp/high': 'workspace:*' } });
  write('apps/demo/src/main.ts', "const high = await import('@mp/high');\n");
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, content: string | object): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
}

const problems = () => layerProblems(root, TABLE);

test('a repository that keeps to the table has no problems', () => {
  expect(problems()).toEqual([]);
});

test('an arrow that goes up is a problem', () => {
  write('packages/low/package.json', { name: '@mp/low', dependencies: { '@mp/high': 'workspace:*' } });
  write('packages/low/src/index.ts', "import '@mp/high';\n");
  expect(problems()).toEqual(['@mp/low may not depend on @mp/high']);
});

test('tests may depend on the test tools and on what the package itself may', () => {
  write('packages/high/package.json', {
    name: '@mp/high',
    devDependencies: { '@mp/low': 'workspace:*', '@mp/testing': 'workspace:*' },
  });
  write('packages/high/src/index.ts', '');
  write('packages/high/test/high.test.ts', "import '@mp/low';\nimport '@mp/testing';\n");
  expect(problems()).toEqual([]);
});

test('tests of a lower package may not depend on a higher one', () => {
  write('packages/low/package.json', { name: '@mp/low', devDependencies: { '@mp/high': 'workspace:*' } });
  write('packages/low/test/low.test.ts', "import '@mp/high';\n");
  expect(problems()).toEqual([
    '@mp/low may not depend on @mp/high, not even for its tests: those go to apps/conformance',
  ]);
});

test('nobody depends on an app', () => {
  write('packages/low/package.json', { name: '@mp/low', dependencies: { demo: 'workspace:*' } });
  write('packages/low/src/index.ts', "import 'demo';\n");
  expect(problems()).toEqual(['@mp/low may not depend on demo']);
});

test('an import that is not declared is a problem, and so is one that only tests may use', () => {
  write('packages/low/src/index.ts', "import 'left-pad';\n");
  write('packages/high/src/more.ts', "import '@mp/testing';\nimport 'vitest';\n");
  expect(problems().sort()).toEqual([
    'packages/high/src/more.ts imports @mp/testing, which @mp/high does not declare as a dependency',
    'packages/high/src/more.ts imports vitest, which @mp/high does not declare as a dependency',
    'packages/low/src/index.ts imports left-pad, which @mp/low does not declare as a dependency',
  ]);
});

test("another package's inside is out of reach", () => {
  write(
    'packages/high/src/more.ts',
    "import '@mp/low/dist/index.js';\nexport * from '../../low/src/index.ts';\n",
  );
  expect(problems()).toEqual([
    'packages/high/src/more.ts imports @mp/low/dist/index.js: only @mp/low and @mp/low/internal are for others',
    'packages/high/src/more.ts imports ../../low/src/index.ts, which is not part of @mp/high',
  ]);
});

test('what is declared is used', () => {
  write('packages/high/src/index.ts', '');
  write('packages/high/test/high.test.ts', '');
  expect(problems()).toEqual([
    '@mp/high declares @mp/low and does not import it',
    '@mp/high declares @mp/testing and does not import it',
  ]);
});

test('a package has its place in the table', () => {
  write('packages/new/package.json', { name: '@mp/new' });
  expect(problems()).toEqual([expect.stringContaining('@mp/new is not in the table of layers')]);
});

test('a circle of imports is a problem, also when only types go round', () => {
  write('packages/low/src/index.ts', "import './a.ts';\nimport './deep/c.ts';\n");
  write('packages/low/src/a.ts', "import { b } from './deep/b.ts';\n");
  write('packages/low/src/deep/b.ts', "import './c.ts';\nexport const b = 1;\n");
  write('packages/low/src/deep/c.ts', "import type { A } from '../a.ts';\n");
  expect(problems()).toEqual([
    'packages/low: imports go in a circle: src/a.ts → src/deep/b.ts → src/deep/c.ts → src/a.ts',
  ]);
});

test('two ways to the same file are no circle', () => {
  write('packages/low/src/index.ts', "import './a.ts';\nimport './b.ts';\n");
  write('packages/low/src/a.ts', "import './b.ts';\n");
  write('packages/low/src/b.ts', '');
  expect(problems()).toEqual([]);
});

test('a file that imports another one when it is called closes no circle', () => {
  write('packages/low/src/index.ts', "import './a.ts';\n");
  write('packages/low/src/a.ts', "export const later = () => import('./b.ts');\n");
  write('packages/low/src/b.ts', "import './a.ts';\n");
  expect(problems()).toEqual([]);
});
