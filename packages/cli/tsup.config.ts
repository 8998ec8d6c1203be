import { library } from '../../tsup.base.ts';

export default library({ index: 'src/index.ts', mp: 'src/mp.ts', 'self-test': 'src/self-test.ts' });
