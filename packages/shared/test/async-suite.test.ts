import { SharedMap } from '@mp/shared';
import { freshName, leakCheck } from '@mp/testing';
import { asyncMapSuite } from '@mp/testing/suites';

leakCheck();

asyncMapSuite({
  title: 'a SharedMap in one thread',
  hasTwoOwners: false,
  async make() {
    const name = freshName();
    const [one, other] = [new SharedMap({ name }), new SharedMap({ name })];
    return {
      one,
      other,
      lose: () => Promise.reject(new Error('one thread is one owner')),
      async end() {
        other.close();
        one.unlink();
        one.close();
      },
    };
  },
});
