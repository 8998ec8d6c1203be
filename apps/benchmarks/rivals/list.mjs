export function near() {
  const list = [1, 2.5, 'three', null];
  return {
    read(count) {
      let seen = 0;
      for (let index = 0; index < count; index++) seen += list[0];
      return seen;
    },
    write(count) {
      for (let index = 0; index < count; index++) list[0] = index & 1023;
    },
    readText(count) {
      let seen = 0;
      for (let index = 0; index < count; index++) seen += list[2].length;
      return seen;
    },
    writeText(count) {
      for (let index = 0; index < count; index++) list[2] = 'drei';
    },
  };
}
