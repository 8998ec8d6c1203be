// The task, as workerpool wants it: a worker of its own that registers it.
import workerpool from 'workerpool';

workerpool.worker({ square: (number) => number * number });
