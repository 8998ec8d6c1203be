import { MpError } from '@mp/core';
import { type Kind, type Primitive, registerHandle, Segment } from '@mp/core/internal';
import { QUEUE_VERSION } from './layout.ts';

/** A class of queues. */
interface QueueClass {
  readonly kind: Kind;
  readonly name: string;
  new (options: object, received: Segment): Primitive;
}

/** Makes messages that mention queues of a class readable. */
export function registerQueue(queueClass: QueueClass): void {
  const { kind } = queueClass;
  registerHandle(kind, {
    package: '@mp/queue',
    decode: (file) => {
      if (typeof file !== 'string') {
        throw new MpError('ERR_MP_MISMATCH', `Cannot open a ${queueClass.name}: its handle is damaged`);
      }
      return new queueClass({}, Segment.attach(file, kind, QUEUE_VERSION));
    },
  });
}
