import { type Carrier, type HandleRecord, registerHandle, SerializationError } from '@mp/core/internal';
import { decode, encode } from '@mp/serde/internal';
import type { Session } from './session.ts';

/** What lies in a segment of one machine is nothing for another one. */
const REFUSAL =
  'lies in the memory of this machine, and other machines reach the same Redis. Send what is in it, or use an object of the site, by its name';

const carrier: Carrier = {
  local: false,
  refusal: REFUSAL,
  pin(file) {
    throw new SerializationError(`Cannot send ${file}: it ${REFUSAL}`);
  },
  unpin() {},
};

/** The site whose message is being written or read. */
let present: Session | undefined;

function during<T>(session: Session, run: () => T): T {
  const before = present;
  present = session;
  try {
    return run();
  } finally {
    present = before;
  }
}

/**
 * The bytes of a value. They are the caller's own. Queues of the same site in it travel as their names.
 *
 * @param path what messages call it
 * @throws SerializationError `ERR_MP_SERIALIZATION` with the path of what cannot be sent
 */
export function toBytes(session: Session, value: unknown, path: string): Buffer {
  return during(session, () => Buffer.from(encode(value, carrier, path).bytes));
}

/**
 * The value of these bytes. Names of queues in it are queues of this site again.
 *
 * @throws SerializationError `ERR_MP_SERIALIZATION` when they are none, or of a class that is not registered here
 */
export function toValue(session: Session, bytes: Buffer): unknown {
  return during(session, () => decode(bytes, carrier, bytes.length, true));
}

/** How an object of a site is made again, by its kind. */
const openers = new Map<string, (session: Session, name: string) => object>();

/** Objects of this kind can travel in messages of their site. */
export function travels(kind: string, open: (session: Session, name: string) => object): void {
  openers.set(kind, open);
}

/** How an object of a site travels in a message of the same site: by its name. */
export function siteHandle(session: Session, kind: string, name: string): HandleRecord {
  if (present !== session)
    throw new SerializationError(
      `Cannot send the ${kind} "${name}" of a site: it travels only in messages of its own site. Send its name`,
    );
  return { kind: 'redis', data: [kind, name] };
}

registerHandle('redis', {
  package: '@mp/redis',
  network: true,
  decode(data) {
    const [kind, name] = data as [string, string];
    const open = openers.get(kind);
    if (present === undefined || open === undefined)
      throw new SerializationError(
        `A ${kind} of a site came by something else than this site. Send its name`,
      );
    return open(present, name);
  },
});
