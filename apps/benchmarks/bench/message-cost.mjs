import { messageCost } from '../harness/message-parts.mjs';

export default messageCost('a small object', {
  payload: 'object',
  warm: 20_000,
  quickWarm: 500,
  rivals: {
    'msgpackr pack + unpack': 'msgpackr',
    'JSON.stringify + parse': 'json',
    'v8.serialize + deserialize': 'clone',
  },
});
