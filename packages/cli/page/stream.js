// The line to the server.

/**
 * Follows the server's updates, and connects again when the line breaks.
 *
 * @param {object} listener
 * @param {(update: import('../src/web/changes.ts').Update) => void} listener.onUpdate
 * @param {(state: 'live' | 'lost' | 'ended') => void} listener.onState
 */
export function follow({ onUpdate, onState }) {
  const source = new EventSource('events');
  source.onopen = () => onState('live');
  source.onmessage = ({ data }) => onUpdate(JSON.parse(data));
  source.onerror = () => onState('lost');
  source.addEventListener('end', () => {
    source.close();
    onState('ended');
  });
}
