import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { Worker } from 'node:worker_threads';
import { BODY, pathOf, Segment, segmentDirectory, sweep, thisAgent } from '@mp/core/internal';
import { eventually, type Fixture, leakCheck, spawnFixture } from '@mp/testing';
import { afterEach, describe, expect, test } from 'vitest';

leakCheck();

const RESIDENT = new URL('./fixtures/resident.mjs', import.meta.url);
const residents = new Set<Fixture>();

/** A process that has an agent, a doorbell and segments, and tells the names of their files. */
async function resident(): Promise<{ fixture: Fixture; agent: number; segment: string; named: string }> {
  const fixture = spawnFixture(RESIDENT);
  residents.add(fixture);
  return { fixture, ...JSON.parse(await fixture.line()) };
}

afterEach(async () => {
  await Promise.all([...residents].map((fixture) => fixture.kill()));
  residents.clear();
  const names = readdirSync(segmentDirectory()).filter((file) => file.startsWith('n-resident-'));
  for (const file of names) Segment.removeNamed(file.slice(2));
  await eventually('what they left can be removed', () => {
    sweep();
    return readdirSync(segmentDirectory()).every((file) => !/^s-/.test(file));
  });
});

describe('agents', () => {
  test('of a killed process is dead, of a living one alive', async () => {
    const { fixture, agent } = await resident();
    expect(thisAgent().isAlive(agent)).toBe(true);
    // It lives, so nothing of it is removed.
    thisAgent().bury(agent);
    expect(thisAgent().info(agent)).toEqual({ pid: fixture.pid, threadId: 0, alive: true });
    await fixture.kill();
    await eventually('it is dead', () => !thisAgent().isAlive(agent));
    thisAgent().bury(agent);
    expect(existsSync(pathOf(`a-${agent}`))).toBe(false);
  });

  test('of a terminated worker thread is dead, its file gone', async () => {
    const worker = new Worker(RESIDENT, { stdout: true });
    const line = await new Promise<string>((resolve) => {
      worker.stdout.setEncoding('utf8').once('data', resolve);
    });
    const { agent } = JSON.parse(line) as { agent: number };
    expect(thisAgent().info(agent)).toMatchObject({
      pid: process.pid,
      threadId: worker.threadId,
      alive: true,
    });
    await worker.terminate();
    expect(thisAgent().isAlive(agent)).toBe(false);
    expect(existsSync(pathOf(`a-${agent}`))).toBe(false);
  });

  test('this one is alive, an unknown one dead', () => {
    expect(thisAgent().isAlive(thisAgent().id)).toBe(true);
    expect(thisAgent().isAlive(12_345)).toBe(false);
    expect(thisAgent().info(12_345)).toBeUndefined();
  });
});

describe('the sweep', () => {
  test('removes what a killed process left, and nothing of a living one', async () => {
    const [doomed, alive] = [await resident(), await resident()];
    await doomed.fixture.kill();
    await eventually('the files of the dead are gone', () => {
      sweep();
      return !existsSync(pathOf(doomed.segment)) && !existsSync(pathOf(`a-${doomed.agent}`));
    });
    expect(existsSync(pathOf(`d-${doomed.agent}`))).toBe(false);
    for (const file of [alive.segment, `a-${alive.agent}`, `d-${alive.agent}`, `n-${alive.named}`]) {
      expect(existsSync(pathOf(file)), file).toBe(true);
    }
    // A name is the user's: it stays, wherever its users died.
    expect(existsSync(pathOf(`n-${doomed.named}`))).toBe(true);
  });

  test('takes a pin for a use as long as its carrier lives', () => {
    const carrier = Segment.create({ kind: 'queue', version: 1, size: 4096 });
    const pinned = Segment.create({ kind: 'lock', version: 1, size: 4096 });
    const { number, segment } = carrier.createSatellite({ kind: 'ring', version: 1, size: 4096 });
    const satellite = pathOf(`${carrier.file}+${number}`);
    sweep();
    expect([existsSync(satellite), existsSync(pathOf(pinned.file))]).toEqual([true, true]);
    segment.close();
    carrier.close();
    pinned.close();
    expect([existsSync(satellite), existsSync(pathOf(pinned.file))]).toEqual([false, false]);
  });

  test('goes on behind links and directories, which are of no thread', () => {
    const links = ['a-0', 'p-0'].map(pathOf);
    const directories = ['s-0', 'n-0'].map(pathOf);
    const unfinished = pathOf('t-1-1');
    for (const path of links) symlinkSync(path, path);
    for (const path of directories) mkdirSync(path);
    writeFileSync(unfinished, '', { mode: 0o600 });
    try {
      sweep();
      expect([existsSync(unfinished), ...directories.map((path) => existsSync(path))]).toEqual([
        false,
        true,
        true,
      ]);
    } finally {
      for (const path of [...links, ...directories]) rmSync(path, { recursive: true });
    }
  });

  test('leaves the floor of tokens, though nobody has it mapped', () => {
    Segment.openCommon('t-tokens', { kind: 'tokens', version: 1, size: 4096 }).close();
    const unfinished = pathOf('t-1-1');
    writeFileSync(unfinished, '', { mode: 0o600 });
    sweep();
    expect([existsSync(pathOf('t-tokens')), existsSync(unfinished)]).toEqual([true, false]);
    rmSync(pathOf('t-tokens'));
  });
});

describe('named segments', () => {
  const plan = { kind: 'lock', version: 3, size: 4096 } as const;

  test('of eight processes that open one name at once, one made it, and all have the same', async () => {
    const name = `race-${process.pid}`;
    const racers = Array.from({ length: 8 }, () =>
      spawnFixture(new URL('./fixtures/open-named.mjs', import.meta.url), { args: [name] }),
    );
    for (const racer of racers) expect(await racer.line()).toBe('ready');
    for (const racer of racers) racer.say('go');
    const made = await Promise.all(racers.map((racer) => racer.line()));
    expect(made.sort()).toEqual(['created', ...Array(7).fill('opened')]);
    await Promise.all(racers.map((racer) => racer.exited));
    const { segment } = Segment.openNamed(name, plan);
    expect(segment.words[BODY]).toBe(8);
    segment.close();
    Segment.removeNamed(name);
  });

  test.each([
    [
      'another kind',
      () => Segment.openNamed('odd', { ...plan, kind: 'queue' }).segment.close(),
      /it is a Queue made by pid \d+/,
    ],
    [
      'another version',
      () => Segment.openNamed('odd', { ...plan, version: 9 }).segment.close(),
      /layout version 9, this program uses version 3/,
    ],
    [
      'a foreign file',
      () => writeFileSync(pathOf('n-odd'), 'hello '.repeat(100), { mode: 0o600 }),
      /not a segment of @mp/,
    ],
    ['an empty file', () => writeFileSync(pathOf('n-odd'), '', { mode: 0o600 }), /odd/],
    [
      'a truncated file',
      () => {
        Segment.openNamed('odd', plan).segment.close();
        truncateSync(pathOf('n-odd'), 512);
      },
      /cut to 512 of 4096 bytes/,
    ],
  ])('%s under the name is a mismatch that says what was found', (_, make, message) => {
    make();
    let error: unknown;
    try {
      Segment.openNamed('odd', plan);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'ERR_MP_MISMATCH' });
    expect(String(error)).toMatch(message);
    rmSync(pathOf('n-odd'));
  });

  test.each(['', 'a/b', 'a b', '../x', 'x'.repeat(101), 'null\0', 'ü'])('the name %o is refused', (name) => {
    expect(() => Segment.openNamed(name, plan)).toThrow(RangeError);
  });

  test('a name of another type is refused', () => {
    expect(() => Segment.openNamed(5 as never, plan)).toThrow(/name must be a string, not number/);
  });
});

describe('the segment directory', () => {
  async function use(directory: string): Promise<string> {
    const fixture = spawnFixture(RESIDENT, { env: { MP_DIR: directory } });
    const lines = fixture.rest();
    fixture.say('end');
    await fixture.exited;
    await lines;
    return fixture.stderr;
  }

  test.each([
    [
      'open to others',
      (path: string) => {
        mkdirSync(path);
        chmodSync(path, 0o755);
      },
      /others may enter it \(mode 755\); chmod it to 700/,
    ],
    ['a file', (path: string) => writeFileSync(path, ''), /not a directory/],
    ['a link', (path: string) => symlinkSync('/dev/shm', path), /not a directory/],
  ])('%s is refused, with a slash at the end, too', async (_, make, message) => {
    const path = `${segmentDirectory()}-odd`;
    make(path);
    for (const given of [path, `${path}/`]) {
      const said = await use(given);
      expect(said).toMatch(message);
      expect(said).toContain('ERR_MP_UNSUPPORTED_PLATFORM');
    }
    rmSync(path, { recursive: true, force: true });
  });

  const isPosix = process.env.MP_NATIVE === 'posix';

  test.each([
    ['in a place that is not there', '/nowhere/deeper', /it is not there, and cannot be made: ENOENT/],
    [
      'with too long a name',
      `/dev/shm/${'x'.repeat(256)}`,
      isPosix ? /longer than 90 bytes/ : /cannot be made: ENAMETOOLONG/,
    ],
    [
      'with too long a path',
      '/tmp'.repeat(1000),
      isPosix ? /longer than 90 bytes/ : /longer than 3800 bytes/,
    ],
  ])('%s is refused', async (_, path, message) => {
    const said = await use(path);
    expect(said).toMatch(message);
    expect(said).toContain('ERR_MP_UNSUPPORTED_PLATFORM');
  });

  test('that threads with another backend, or another size of pages, use is refused', async () => {
    const path = `${segmentDirectory()}-odd`;
    mkdirSync(path, { mode: 0o700 });
    symlinkSync('posix-1', `${path}/.native`);
    const said = await use(path);
    expect(said).toMatch(/processes with posix-1 use it, and this one has (linux|posix)-\d+; set MP_DIR/);
    expect(said).toContain('ERR_MP_UNSUPPORTED_PLATFORM');
    rmSync(`${path}/.native`);
    writeFileSync(`${path}/.native`, '');
    const unreadable = await use(path);
    expect(unreadable).toMatch(
      /its mark \.native cannot be read: EINVAL.*\. Remove that file, or set MP_DIR/,
    );
    expect(unreadable).toContain('ERR_MP_UNSUPPORTED_PLATFORM');
    rmSync(`${path}/.native`);
    expect(await use(path)).toBe('');
    expect(readlinkSync(`${path}/.native`)).toBe(readlinkSync(pathOf('.native')));
    rmSync(path, { recursive: true });
  });

  test('a relative path is refused', async () => {
    expect(await use('relative/path')).toMatch(/MP_DIR must be absolute/);
  });
});
