import { library } from '../../tsup.base.ts';

/** What is marked as internal is not for users: no other package builds on this one. */
const dts = { compilerOptions: { stripInternal: true } };

export default library({ index: 'src/index.ts', 'lease-thread': 'src/lease-thread.ts' }, { dts });
