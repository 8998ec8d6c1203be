import type { TypeName } from '@mp/shared';
import type { Operations } from '@mp/shared/internal';
import type { Container } from '../container-type.ts';
import { ITERATE } from '../protocol.ts';
import { itemsFrom, placeFrom, wholeOr } from './arguments.ts';

type Element = number | bigint | string;

/** Numbers, or characters, of one type. A task that finds it in a container reads and writes `view`. */
export class HostedArray {
  readonly view: { readonly length: number; slice(start?: number, end?: number): unknown };
  /** How elements are read and written, each checked. */
  readonly elements: Operations<Element>;
  readonly check: (value: unknown) => Element;
  /** Name of the type. */
  readonly type: string;

  constructor(
    type: string,
    view: HostedArray['view'],
    elements: HostedArray['elements'],
    check: (value: unknown) => Element,
  ) {
    this.type = type;
    this.view = view;
    this.elements = elements;
    this.check = check;
  }
}

/** Bytes that a client may ask for by a number alone. */
const MOST_BYTES = 2 ** 31;

export const HOSTED_ARRAY: Container<HostedArray> = {
  make: async ([name, content]) => {
    const { typeNamed } = await import('@mp/shared/internal');
    const type = typeNamed(name as TypeName);
    const items = typeof content === 'number' ? undefined : contentFrom(content);
    const length = items?.length ?? (wholeOr(content, 'length') as number);
    if (length < 0 || length * type.bytes > MOST_BYTES)
      throw new RangeError(`length must be from 0 to ${MOST_BYTES / type.bytes}, not ${length}`);
    const check = (value: unknown) => type.check(value, 'The element') as Element;
    const checked = items?.map(check);
    const buffer = new ArrayBuffer(length * type.bytes);
    const elements = type.operations(buffer, 0, length) as unknown as Operations<Element>;
    checked?.forEach((value, at) => {
      elements.store(at, value);
    });
    return new HostedArray(type.name, type.view(buffer, 0, length) as HostedArray['view'], elements, check);
  },
  parameters: async ({ type, view }, [name, content]) => {
    const { typeNamed } = await import('@mp/shared/internal');
    const length = typeof content === 'number' ? content : contentFrom(content).length;
    return [
      { name: 'type', asked: typeNamed(name as TypeName).name, found: type },
      { name: 'length', asked: length, found: view.length },
    ];
  },
  methods: {
    at: ({ elements, view }, index) => elements.load(placeFrom(index, view.length)),
    set: ({ elements, view, check }, index, value) => {
      elements.store(placeFrom(index, view.length), check(value));
    },
    setMany: ({ elements, view, check }, index, values) => {
      const checked = itemsFrom(values).map(check);
      if (checked.length === 0) return;
      const from = placeFrom(index, view.length);
      if (from + checked.length > view.length)
        throw new RangeError(
          `${checked.length} elements from index ${from} on are more than the ${view.length - from} that are there`,
        );
      checked.forEach((value, at) => {
        elements.store(from + at, value);
      });
    },
    slice: ({ view }, start, end) => view.slice(wholeOr(start, 'start'), wholeOr(end, 'end')),
    length: ({ view }) => view.length,
    toArray: all,
    [ITERATE]: all,
  },
  update: ({ view }, run) => run(view),
};

function all({ elements, view }: HostedArray): Element[] {
  return Array.from({ length: view.length }, (_, at) => elements.load(at));
}

function contentFrom(content: unknown): readonly unknown[] {
  return typeof content === 'string' ? [...content] : itemsFrom(content);
}
