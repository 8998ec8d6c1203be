import { ShareableList } from '@mp/shared';

export function near() {
  const list = new ShareableList([1, 2.5, 'three', null]);
  return {
    read(count) {
      let seen = 0;
      for (let index = 0; index < count; index++) seen += list.at(0);
      return seen;
    },
    write(count) {
      for (let index = 0; index < count; index++) list.set(0, index & 1023);
    },
    readText(count) {
      let seen = 0;
      for (let index = 0; index < count; index++) seen += list.at(2).length;
      return seen;
    },
    writeText(count) {
      for (let index = 0; index < count; index++) list.set(2, 'drei');
    },
    close: () => list.close(),
  };
}
