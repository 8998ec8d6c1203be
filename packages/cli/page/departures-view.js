// What the dead left, and who has it now.

import { byId, make, reconcile, setText } from './dom.js';
import { duration } from './format.js';

/**
 * @typedef {import('./deaths.js').Departure} Departure
 * @typedef {import('./deaths.js').Leaving} Leaving
 */

const MOST_SHOWN = 4;
const MOST_LINES = 6;

/** @param {ReadonlyMap<number, Departure>} departures @param {number} now @param {import('./inspector.js').Inspector} inspector */
export function drawDepartures(departures, now, inspector) {
  const deaths = [...departures.values()].filter(({ isDeath }) => isDeath).reverse();
  reconcile(
    byId('departures'),
    deaths.slice(0, MOST_SHOWN),
    ({ process }) => `${process.pid}`,
    ({ process }) => {
      const open = () => inspector.open({ pid: process.pid });
      return make(
        'li',
        { class: 'departure' },
        make('button', { type: 'button', class: 'title', onclick: open }),
        make('span', { class: 'since' }),
        make('ul'),
      );
    },
    (element, departure) => {
      const [title, since, lines] = element.children;
      const { process, at, name } = departure;
      setText(title, `${name} (pid ${process.pid}) died`);
      // Read aloud once, not each second.
      since.setAttribute('aria-hidden', 'true');
      setText(since, `${duration(now - at)} ago`);
      element.title = departure.signs.join('; ');
      drawLines(lines, linesOf(departure));
    },
  );
}

/** @param {Element} list @param {{ text: string, isOpen: boolean }[]} lines */
function drawLines(list, lines) {
  reconcile(
    list,
    lines.map((line, index) => ({ ...line, index })),
    ({ index }) => `${index}`,
    () => make('li'),
    (element, { text, isOpen }) => {
      setText(element, text);
      element.className = isOpen ? 'open' : 'recovered';
    },
  );
}

/** @param {Departure} departure */
function linesOf({ leavings, successor, process }) {
  const lines = leavings
    .slice(0, MOST_LINES)
    .map((leaving) => ({ text: leavingText(leaving), isOpen: leaving.fate === 'left' }));
  if (leavings.length > MOST_LINES)
    lines.push({ text: `and ${leavings.length - MOST_LINES} more`, isOpen: false });
  if (successor !== undefined)
    lines.push({ text: `worker ${successor} has taken its place in the pool`, isOpen: false });
  if (lines.length === 0)
    lines.push({
      text: process.holds.length === 0 ? 'it held nothing when it was last seen' : '',
      isOpen: false,
    });
  return lines;
}

/** @param {Leaving} leaving */
function leavingText({ title, tie, fate, heirs }) {
  const { role, count } = tie;
  const what = role === 'owner' ? title : `${count > 1 ? `${count} × ` : ''}${role} of ${title}`;
  if (role === 'lease' && fate !== 'left') return `${what}: given back to the queue`;
  if (fate === 'taken') {
    return `${what}: taken over by pid ${heirs.join(', ')}`;
  }
  if (fate === 'free') return `${what}: recovered, and free`;
  if (fate === 'gone') return `${what}: is gone, too`;
  return `${what}: still in the name of the dead`;
}
