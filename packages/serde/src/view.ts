import {
  type HandleRecord,
  KINDS,
  type Kind,
  MpError,
  registerHandle,
  Segment,
  threadState,
} from '@mp/core/internal';
import { Refusal } from './refusal.ts';
import { Mark, TAG } from './wire.ts';

type ViewClass = new (buffer: ArrayBufferLike, byteOffset?: number, length?: number) => ArrayBufferView;

/** The classes of views, by the names they travel under. What this Node does not have is not among them. */
const VIEWS = new Map<string, ViewClass>();
const NAMES = [
  'Int8',
  'Uint8',
  'Uint8Clamped',
  'Int16',
  'Uint16',
  'Int32',
  'Uint32',
  'BigInt64',
  'BigUint64',
];
for (const name of [...NAMES, 'Float16', 'Float32', 'Float64'].map((element) => `${element}Array`)) {
  const found = (globalThis as unknown as Record<string, ViewClass | undefined>)[name];
  if (found !== undefined) VIEWS.set(name, found);
}
VIEWS.set('DataView', DataView as unknown as ViewClass);
VIEWS.set('Buffer', Buffer.from as unknown as ViewClass);

const tagOf = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)!.get!;

/** What a view is at bottom, whatever class it is of. */
function nameOf(view: ArrayBufferView): string {
  return Buffer.isBuffer(view) ? 'Buffer' : ((tagOf.call(view) as string | undefined) ?? 'DataView');
}

/** Makes a view; `length` counts elements, of a DataView or Buffer bytes. */
function make(name: string, buffer: ArrayBufferLike, byteOffset: number, length: number): ArrayBufferView {
  if (name === 'Buffer') return Buffer.from(buffer, byteOffset, length);
  const View = VIEWS.get(name);
  if (View === undefined) throw new Error(`there is no ${name} in Node ${process.version}`);
  return new View(buffer, byteOffset, length);
}

function lengthOf(view: ArrayBufferView): number {
  return (view as ArrayBufferView & { length?: number }).length ?? view.byteLength;
}

/**
 * Bytes that are sent as a copy, in a form that msgpackr knows.
 *
 * @throws Refusal when their memory has gone
 */
export function copyable(bytes: ArrayBufferView | ArrayBufferLike): unknown {
  const buffer = bytes instanceof ArrayBuffer || !ArrayBuffer.isView(bytes) ? bytes : bytes.buffer;
  if (buffer.byteLength === 0) {
    try {
      new Uint8Array(buffer);
    } catch {
      throw new Refusal('lies on memory that is gone: its buffer was closed or transferred');
    }
  }
  if (!ArrayBuffer.isView(bytes)) return bytes;
  const name = nameOf(bytes);
  if (name !== 'Float16Array') return make(name, buffer, bytes.byteOffset, lengthOf(bytes));
  return new Mark([TAG.array, name, Buffer.from(buffer, bytes.byteOffset, bytes.byteLength)]);
}

/** The view of a copy of `bytes`, which came in a mark. */
export function viewOf(name: unknown, bytes: unknown): ArrayBufferView {
  if (typeof name !== 'string' || !(bytes instanceof Uint8Array)) throw new Error('a damaged typed array');
  const View = VIEWS.get(name);
  if (View === undefined) throw new Error(`there is no ${name} in Node ${process.version}`);
  return new View(new Uint8Array(bytes).buffer);
}

interface ViewData {
  file: string;
  kind: number;
  version: number;
  type: string;
  byteOffset: number;
  length: number;
}

/** How bytes on the pages of a segment travel: the other side gets the same pages. */
export function viewRecord(bytes: ArrayBufferView | ArrayBufferLike): HandleRecord {
  const view = ArrayBuffer.isView(bytes) ? bytes : undefined;
  const buffer = view?.buffer ?? (bytes as ArrayBufferLike);
  if (buffer.byteLength === 0) throw new Refusal('lies on memory that is gone: its object was closed');
  const { file, kind, version } = threadState.segmentBuffers.get(buffer)!;
  const data: ViewData = {
    file,
    kind: KINDS[kind],
    version,
    type: view === undefined ? 'ArrayBuffer' : nameOf(view),
    byteOffset: view?.byteOffset ?? 0,
    length: view === undefined ? buffer.byteLength : lengthOf(view),
  };
  return { kind: 'view', data, segment: file };
}

registerHandle('view', {
  package: '@mp/serde',
  decode: (received) => {
    const data = received as Partial<ViewData> | null;
    const kind = (Object.keys(KINDS) as Kind[]).find((name) => KINDS[name] === data?.kind);
    const { file, version, type, byteOffset, length } = data ?? {};
    const whole = typeof file === 'string' && typeof version === 'number' && typeof type === 'string';
    if (!whole || kind === undefined || typeof byteOffset !== 'number' || typeof length !== 'number') {
      throw new MpError('ERR_MP_MISMATCH', 'Cannot open a view of shared memory: its handle is damaged');
    }
    // The view holds the buffer, and only the buffer's finalizer unmaps.
    const { buffer } = Segment.attach(file, kind, version);
    return type === 'ArrayBuffer' ? buffer : make(type, buffer, byteOffset, length);
  },
});
