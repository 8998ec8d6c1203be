import { readdirSync } from 'node:fs';
import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';
import { expectAsInPython, runPort } from './python-port.ts';
import { tour } from './tour.ts';

leakCheck();

const SCENES = new URL('../src/tour/scenes/', import.meta.url);

const scenes = readdirSync(SCENES)
  .sort()
  .map((file) => [file.slice(0, 3).toUpperCase(), file]);

test('there is one scene for each of the 72 samples of the article', () => {
  const samples = Array.from({ length: 72 }, (_, index) => `S${String(index + 1).padStart(2, '0')}`);
  expect(scenes.map(([id]) => id)).toEqual(samples);
});

test.each(scenes)('%s behaves, and prints what its Python port prints: %s', async (id) => {
  const [{ code, lines, stderr }, port] = await Promise.all([tour(id), runPort(id)]);
  const [title, ...rest] = lines;
  const [verdict, blank, total] = rest.splice(-3);
  expect({ code, verdict }, `${lines.join('\n')}\n${stderr}`).toEqual({
    code: 0,
    verdict: expect.stringMatching(`^${id}  as expected, `),
  });
  expect([title, blank, total]).toEqual([expect.stringMatching(`^${id}  `), '', '1 of 1 as expected']);
  if (port !== undefined) expectAsInPython(id, rest, port);
});
