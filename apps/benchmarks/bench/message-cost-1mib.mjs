import { messageCost } from '../harness/message-parts.mjs';

export default messageCost('a buffer of 1 MiB', {
  payload: 'bytes',
  warm: 64,
  quickWarm: 4,
  rivals: { 'copied in and out': 'copies', 'v8.serialize + deserialize': 'clone' },
});
