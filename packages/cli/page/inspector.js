// Everything about one object or one process.

import { byId, make, reconcile, setText } from './dom.js';
import { bytes, count, duration, plural } from './format.js';
import { tieText, titleOf } from './picture.js';

/**
 * @typedef {import('./picture.js').Picture} Picture
 * @typedef {import('./picture.js').ObjectReport} ObjectReport
 * @typedef {import('./picture.js').ProcessReport} ProcessReport
 * @typedef {import('./deaths.js').Departure} Departure
 *
 * @typedef {{ object: string } | { pid: number }} Target
 *
 * @typedef {object} Row
 * @property {string} label
 * @property {string} text
 * @property {Target} [target] what a click on it opens
 */

export class Inspector {
  #dialog = /** @type {HTMLDialogElement} */ (byId('inspector'));
  /** @type {Target | undefined} */
  #target;
  /** What had the focus before. @type {Element | null} */
  #before = null;
  #request;

  /** @param {() => void} request asks for a drawing */
  constructor(request) {
    this.#request = request;
    byId('inspector-close').addEventListener('click', () => this.close());
    addEventListener('keydown', ({ key }) => {
      if (key === 'Escape') this.close();
    });
  }

  /** @param {Target} target */
  open(target) {
    this.#target = target;
    if (!this.#dialog.open) {
      this.#before = document.activeElement;
      // Not modal: the picture goes on beside it.
      this.#dialog.show();
    }
    this.#dialog.scrollTop = 0;
    this.#request();
  }

  close() {
    if (!this.#dialog.open) return;
    this.#dialog.close();
    if (this.#before instanceof HTMLElement) this.#before.focus();
  }

  /** @param {Picture} picture @param {ReadonlyMap<number, Departure>} departures */
  draw(picture, departures) {
    if (!this.#dialog.open || this.#target === undefined) return;
    const { title, rows } =
      'object' in this.#target
        ? aboutObject(picture, this.#target.object)
        : aboutProcess(picture, departures, this.#target.pid);
    setText(byId('inspector-title'), title);
    reconcile(
      byId('inspector-rows'),
      rows.map((row, index) => ({
        ...row,
        key: `${index} ${row.label} ${row.target === undefined ? '' : JSON.stringify(row.target)}`,
      })),
      ({ key }) => key,
      ({ label, target }) => {
        const value = make('dd');
        if (target !== undefined)
          value.append(make('button', { type: 'button', onclick: () => this.open(target) }));
        return make('div', {}, make('dt', {}, label), value);
      },
      (element, { text, target }) => {
        const value = /** @type {Element} */ (element.lastElementChild);
        setText(target === undefined ? value : /** @type {Element} */ (value.firstElementChild), text);
      },
    );
  }
}

/** @param {Picture} picture @param {string} file @returns {{ title: string, rows: Row[] }} */
function aboutObject(picture, file) {
  const object = picture.objects.get(file);
  if (object === undefined) return { title: file, rows: [{ label: '', text: 'It is gone.' }] };
  const { kind, state, version, size, satellites, pins, created, creator, users, holders, waiters } = object;
  const rates = picture.rates.get(file) ?? {};
  /** @type {Row[]} */
  const rows = [
    { label: 'state', text: state },
    ...(object.problem === undefined ? [] : [{ label: 'problem', text: object.problem }]),
    ...holders.map((holder) => ({
      label: holder.role,
      text: threadText(picture, holder, [
        holder.count > 1 ? `${holder.count} times` : '',
        holder.since ? `for ${duration(picture.at - holder.since)}` : '',
      ]),
      target: { pid: holder.pid },
    })),
    ...waiters.map((waiter, index) => ({
      label: index === 0 ? plural(waiters.length, 'waiter') : '',
      text: threadText(picture, waiter, [
        `to ${waiter.for}`,
        waiter.how === 'unknown' ? '' : waiter.how,
        waiter.chosen ? 'was woken' : '',
      ]),
      target: { pid: waiter.pid },
    })),
    ...Object.entries(object.measures).map(([label, value]) => ({
      label: wordsOf(label),
      text: amount(label, value),
    })),
    ...Object.entries(object.counters).map(([label, value]) => ({
      label: wordsOf(label),
      text: rates[label]
        ? `${amount(label, value)}, ${amount(label, rates[label])} per second`
        : amount(label, value),
    })),
    ...Object.entries(object.details).map(([label, value]) => ({
      label: wordsOf(label),
      text: plainText(value),
    })),
    ...(object.givenLock === undefined
      ? []
      : [{ label: 'its lock', text: object.givenLock, target: { object: object.givenLock } }]),
    ...(object.torn.length === 0
      ? []
      : [{ label: 'changed while it was read', text: object.torn.join(', ') }]),
    ...users.map((pid, index) => ({
      label: index === 0 ? plural(users.length, 'user') : '',
      text: `pid ${pid} ${picture.processes.get(pid)?.command ?? ''}`,
      target: { pid },
    })),
    {
      label: 'made',
      text: `${duration(picture.at - created)} ago by pid ${creator.pid}${creator.alive ? '' : ', which is gone'}`,
      target: { pid: creator.pid },
    },
    {
      label: 'file',
      text: `${file}, ${bytes(size)}${satellites > 0 ? `, with ${plural(satellites, 'satellite')}` : ''}${pins > 0 ? `, on its way in ${plural(pins, 'message')}` : ''}`,
    },
    { label: 'layout', text: `version ${version}` },
  ];
  return { title: `${kind} ${titleOf(object)}`, rows };
}

/** @param {Picture} picture @param {ReadonlyMap<number, Departure>} departures @param {number} pid @returns {{ title: string, rows: Row[] }} */
function aboutProcess(picture, departures, pid) {
  const departure = departures.get(pid);
  const process = picture.processes.get(pid) ?? departure?.process;
  if (process === undefined)
    return { title: `Process ${pid}`, rows: [{ label: '', text: 'It is gone, and left nothing.' }] };
  /** @type {Row[]} */
  const rows = [
    { label: 'state', text: departure?.isDeath ? `dead: ${departure.signs.join('; ')}` : process.state },
    { label: 'command', text: process.command },
    { label: 'parent', text: `pid ${process.parent}`, target: { pid: process.parent } },
    ...(process.started === undefined
      ? []
      : [{ label: 'started', text: `${duration(picture.at - process.started)} ago` }]),
    ...(process.memory === undefined ? [] : [{ label: 'memory', text: bytes(process.memory) }]),
    ...process.agents.map((id) => {
      const agent = picture.agents.get(id);
      const thread =
        agent === undefined || agent.threadId === 0 ? 'main thread' : `worker thread ${agent.threadId}`;
      const waits = agent?.waitsFor === undefined ? '' : `, blocked in a wait for ${agent.waitsFor.title}`;
      return { label: thread, text: `${agent?.mode ?? 'gone'}${waits}; agent ${id}` };
    }),
    ...process.holds.map((tie, index) => ({
      label: index === 0 ? 'has' : '',
      text: tieText(picture, tie),
      target: { object: tie.file },
    })),
    ...process.waits.map((tie, index) => ({
      label: index === 0 ? 'waits for' : '',
      text: tieText(picture, tie),
      target: { object: tie.file },
    })),
  ];
  return { title: `Process ${pid}`, rows };
}

/** @param {Picture} picture @param {import('../src/report.ts').ThreadReport} thread @param {string[]} facts */
function threadText(picture, { pid, threadId, alive }, facts) {
  const command = picture.processes.get(pid)?.command ?? '';
  const thread = threadId === 0 ? '' : `, worker thread ${threadId}`;
  return [
    `pid ${pid}${thread}${alive ? '' : ', dead'}`,
    ...facts.filter((fact) => fact !== ''),
    command,
  ].join(' · ');
}

/** Tokens, and so the count of acquisitions, begin at the time of day: they are compared, not read. @param {string} label @param {number} value */
function amount(label, value) {
  if (/bytes/i.test(label)) return bytes(value);
  return value > 1e12 ? String(value) : count(value);
}

/** `maxSize` → `max size`. @param {string} name */
function wordsOf(name) {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** @param {unknown} value */
function plainText(value) {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
