// All objects, in an order that the reader chooses.

import { byId, make, setText } from './dom.js';
import { bytes, count, plural, rate } from './format.js';
import { isAbandoned, titleOf } from './picture.js';
import { VirtualList } from './virtual-list.js';

/**
 * @typedef {import('./picture.js').Picture} Picture
 * @typedef {import('./picture.js').ObjectReport} ObjectReport
 *
 * @typedef {object} Column
 * @property {string} name
 * @property {string} title
 * @property {(object: ObjectReport, picture: Picture) => string} text
 * @property {(object: ObjectReport, picture: Picture) => string | number} order
 * @property {boolean} [isDown] the largest comes first
 */

/** @type {Column[]} */
const COLUMNS = [
  { name: 'name', title: 'Name', text: titleOf, order: ({ name, file }) => name ?? `~${file}` },
  { name: 'kind', title: 'Kind', text: ({ kind }) => kind, order: ({ kind }) => kind },
  { name: 'state', title: 'State', text: stateOf, order: stateOf },
  {
    name: 'waiters',
    title: 'Waiters',
    text: ({ waiters }) => quiet(waiters.length),
    order: ({ waiters }) => waiters.length,
    isDown: true,
  },
  {
    name: 'users',
    title: 'Users',
    text: ({ users }) => quiet(users.length),
    order: ({ users }) => users.length,
    isDown: true,
  },
  { name: 'size', title: 'Size', text: ({ size }) => bytes(size), order: ({ size }) => size, isDown: true },
  { name: 'activity', title: 'Activity', text: activityText, order: activityOf, isDown: true },
];

export class ObjectsView {
  #list;
  #column = COLUMNS[0];
  /** @type {Picture | undefined} */
  #picture;
  /** Whether those are shown that belong to the workings of a package. */
  #withInner = false;
  #request;

  /** @param {import('./inspector.js').Inspector} inspector @param {() => void} request asks for a drawing */
  constructor(inspector, request) {
    this.#request = request;
    this.#list = new VirtualList(byId('objects'), {
      keyOf: (/** @type {ObjectReport} */ { file }) => file,
      create: () => make('div', {}, ...COLUMNS.map(({ name }) => make('span', { class: name }))),
      update: (element, object) => this.#update(element, object),
      open: ({ file }) => inspector.open({ object: file }),
    });
    byId('objects-order').append(
      ...COLUMNS.map((column) => {
        const choose = () => this.#choose(column);
        return make('button', { type: 'button', class: column.name, onclick: choose }, column.title);
      }),
    );
    this.#choose(COLUMNS[0]);
    const inner = byId('objects-inner');
    inner.addEventListener('click', () => {
      this.#withInner = !this.#withInner;
      inner.setAttribute('aria-pressed', `${this.#withInner}`);
      this.#request();
    });
  }

  /** @param {Picture} picture @param {import('./search.js').Search} search */
  draw(picture, search) {
    this.#picture = picture;
    const all = [...picture.objects.values()];
    const found = all.filter((object) => (this.#withInner || !object.inner) && search.findsObject(object));
    const { order, isDown = false } = this.#column;
    const keyed = found.map((object) => ({ object, key: order(object, picture) }));
    keyed.sort((a, b) => {
      const more = a.key > b.key ? 1 : a.key < b.key ? -1 : 0;
      return (isDown ? -more : more) || (a.object.file < b.object.file ? -1 : 1);
    });
    this.#list.items = keyed.map(({ object }) => object);
    const inner = all.filter((object) => object.inner).length;
    const own = plural(all.length - inner, 'object');
    const rest = inner === 0 ? '' : `, ${plural(inner, 'inner one')}`;
    setText(byId('objects-note'), search.isEmpty ? own + rest : `${count(found.length)} of ${own}${rest}`);
  }

  /** @param {Column} column */
  #choose(column) {
    this.#column = column;
    for (const button of byId('objects-order').children) {
      button.setAttribute('aria-pressed', `${button.className === column.name}`);
    }
    this.#request();
  }

  /** @param {HTMLElement} element @param {ObjectReport} object */
  #update(element, object) {
    const picture = /** @type {Picture} */ (this.#picture);
    for (const [index, { text }] of COLUMNS.entries())
      setText(element.children[index], text(object, picture));
    const isTrouble = isAbandoned(object) || object.problem !== undefined;
    element.className = `row object ${isTrouble ? 'dead' : object.waiters.length > 0 ? 'wanted' : ''}`;
  }
}

/** @param {ObjectReport} object */
function stateOf({ state, holders, measures, problem }) {
  if (problem !== undefined) return problem;
  const facts = [state];
  if (measures.depth !== undefined) facts.push(plural(measures.depth, 'item'));
  if (holders.length === 1 && holders[0].role === 'owner') facts.push(`by pid ${holders[0].pid}`);
  if (measures.permits !== undefined)
    facts.push(`${measures.permits} of ${measures.initialPermits ?? '?'} free`);
  if (measures.parties !== undefined) facts.push(`${measures.arrived ?? 0} of ${measures.parties} came`);
  return facts.join(', ');
}

/** Nothing is not worth a digit. @param {number} number */
function quiet(number) {
  return number === 0 ? '' : count(number);
}

/** How often something was done with it, per second. @param {ObjectReport} object @param {Picture} picture */
function activityOf({ file }, picture) {
  const rates = picture.rates.get(file) ?? {};
  return Object.entries(rates).reduce(
    (sum, [name, each]) => (/bytes|rescued/i.test(name) ? sum : sum + each),
    0,
  );
}

/** @param {ObjectReport} object @param {Picture} picture */
function activityText(object, picture) {
  const activity = activityOf(object, picture);
  return activity === 0 ? '' : rate(activity);
}
