import { Pool } from '@mp/pool';
import { square } from './square.mjs';

export function near({ workers }) {
  const pool = new Pool({ workers });
  return {
    run: (number) => pool.apply(square, [number]),
    map: (numbers) => pool.map(square, numbers),
    close: async () => {
      pool.close();
      await pool.join();
    },
  };
}
