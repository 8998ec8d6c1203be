// The line to the server.

/**
 * Follows the server's updates, and connects again when the line breaks.
 *
 * @param {object} listener
 * @param {(update: import('../src/web/changes.ts').Update) => void} listener.onUpdate
 * @param {(problem: string) => void} listener.onProblem why the server could not look this time
 * @param {(state: 'live' | 'lost' | 'ended') => void} listener.onState
 */
export function follow({ onUpdate, onProblem, onState }) {
  const source = new EventSource('events');
  source.onopen = () => onState('live');
  source.onmessage = ({ data }) => onUpdate(JSON.parse(data));
  source.addEventListener('problem', ({ data }) => onProblem(JSON.parse(data)));
  source.onerror = () => onState('lost');
  source.addEventListener('end', () => {
    source.close();
    onState('ended');
  });
}
