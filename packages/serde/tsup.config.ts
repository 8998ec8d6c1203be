import { library } from '../../tsup.base.ts';

// A copy of our own, with its licence beside: see src/wire.ts.
export default library({ index: 'src/index.ts', internal: 'src/internal.ts' }, { noExternal: ['msgpackr'] });
