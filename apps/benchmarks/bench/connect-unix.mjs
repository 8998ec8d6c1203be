import { connectBenchmark } from '../harness/connections.mjs';

export default connectBenchmark('Connections over a Unix socket, authenticated on both sides', 'unix');
