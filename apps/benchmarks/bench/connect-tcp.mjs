import { connectBenchmark } from '../harness/connections.mjs';

export default connectBenchmark('Connections over TCP on one machine, authenticated on both sides', 'tcp');
