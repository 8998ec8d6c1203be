import { Value } from '@mp/shared';

export function near() {
  const value = new Value('i32', 0);
  return {
    read(count) {
      let sum = 0;
      for (let index = 0; index < count; index++) sum ^= value.value;
      return sum;
    },
    write(count) {
      for (let index = 0; index < count; index++) value.value = index & 1023;
    },
    add(count) {
      for (let index = 0; index < count; index++) value.add(1);
    },
    lockedAdd(count) {
      value.value = 0;
      for (let index = 0; index < count; index++) value.updateSync((n) => n + 1);
    },
    close: () => value.close(),
  };
}
