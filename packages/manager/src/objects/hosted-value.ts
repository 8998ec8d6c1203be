import type { Container } from '../container-type.ts';

/** One value. A task of the server that finds it in a container reads and writes `value`. */
export class HostedValue {
  value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

export const HOSTED_VALUE: Container<HostedValue> = {
  make: ([value]) => new HostedValue(value),
  methods: {
    get: (cell) => cell.value,
    set: (cell, value) => {
      cell.value = value;
    },
  },
  update: async (cell, run) => {
    cell.value = await run(cell.value);
    return cell.value;
  },
};
