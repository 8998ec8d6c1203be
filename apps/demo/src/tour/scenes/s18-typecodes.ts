// A Value and an Array of each of Python's codes, and of q and Q, which Python has since: the ends of its range come back,
// and adding 1 to the largest number makes the smallest. Assigning what does not fit is a RangeError; Python wraps silently.
import { isMain } from '@mp/process';
import { SharedArray, Value } from '@mp/shared';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const INTEGERS = { b: 8, B: 8, h: 16, H: 16, i: 32, I: 32, l: 64, L: 64, q: 64, Q: 64 } as const;

export const scene: Scene = {
  title: 'Typecodes',
  seed: '522–535',
  proof({ lines }) {
    const integers = Object.entries(INTEGERS).map(([code, bits]) => {
      const least = code === code.toLowerCase() ? -(2n ** BigInt(bits - 1)) : 0n;
      const most = least + 2n ** BigInt(bits) - 1n;
      return `${code} ${least} ${most} ${least} ${most} ${least}`;
    });
    const others = ['f 0.10000000149011612 0.10000000149011612 -1.5', 'd 0.1 0.1 -1.5'];
    prove('the lines', lines, [...integers, ...others, 'c x a 255', 'u x a 1114111']);
  },
};

if (isMain(import.meta)) {
  for (const [code, bits] of Object.entries(INTEGERS) as ['i', 32][]) {
    const isSigned = code === code.toLowerCase();
    const least = isSigned ? -(2n ** BigInt(bits - 1)) : 0n;
    const most = least + 2n ** BigInt(bits) - 1n;
    // Those of 64 bits are bigints: a number has 53.
    const of = (n: bigint) => (Number(bits) === 64 ? n : Number(n)) as number;
    const value = new Value(code, of(least));
    const array = new SharedArray(code, [of(least), of(most)]);
    const first = value.value;
    value.value = of(most);
    let refusal = '';
    try {
      value.value = of(most + 1n);
    } catch (error) {
      refusal = (error as Error).name;
    }
    prove(`assigning ${most + 1n} to ${code}`, refusal, 'RangeError');
    const top = value.add(of(1n));
    console.log([code, first, top, array.at(0), array.at(1), value.value].join(' '));
  }
  for (const code of ['f', 'd'] as const) {
    const [value, array] = [new Value(code, 0.1), new SharedArray(code, [0.1, -1.5])];
    console.log([code, value.value, array.at(0), array.at(1)].join(' '));
  }
  for (const [code, most] of [
    ['c', '\u00ff'],
    ['u', '\u{10ffff}'],
  ] as const) {
    const [value, array] = [new Value(code, 'x'), new SharedArray(code, ['a', most])];
    console.log([code, value.value, array.at(0), array.at(1).codePointAt(0)].join(' '));
  }
}
