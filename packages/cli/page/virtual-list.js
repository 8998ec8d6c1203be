// A list of any length: only the rows that can be seen exist.

import { reconcile } from './dom.js';

/** Rows beyond both edges, so that scrolling shows no gap. */
const EXTRA_ROWS = 4;

/** @template T */
export class VirtualList {
  /** @type {readonly T[]} */
  #items = [];
  /** Key of the row that the keyboard is at. @type {string | undefined} */
  #active;
  #box;
  #sheet = document.createElement('div');
  #keyOf;
  #create;
  #update;
  #open;

  /**
   * @param {HTMLElement} box scrolls, and has the focus
   * @param {object} row
   * @param {(item: T) => string} row.keyOf
   * @param {(item: T) => HTMLElement} row.create
   * @param {(element: HTMLElement, item: T) => void} row.update
   * @param {(item: T) => void} row.open for a click, Enter or the space bar
   */
  constructor(box, { keyOf, create, update, open }) {
    this.#box = box;
    this.#keyOf = keyOf;
    this.#create = create;
    this.#update = update;
    this.#open = open;
    this.#sheet.className = 'sheet';
    this.#sheet.setAttribute('role', 'presentation');
    box.append(this.#sheet);
    box.addEventListener('scroll', () => this.draw(), { passive: true });
    box.addEventListener('keydown', (event) => this.#onKey(event));
    new ResizeObserver(() => this.draw()).observe(box);
  }

  /** @param {readonly T[]} items */
  set items(items) {
    this.#items = items;
    this.draw();
  }

  draw() {
    const height = this.#rowHeight;
    const { scrollTop, clientHeight } = this.#box;
    const count = this.#items.length;
    const first = Math.max(0, Math.min(Math.floor(scrollTop / height), count) - EXTRA_ROWS);
    const last = Math.min(count, Math.ceil((scrollTop + clientHeight) / height) + EXTRA_ROWS);
    const rows = this.#items.slice(first, last).map((item, index) => ({ item, place: first + index }));
    this.#sheet.style.height = `${count * height}px`;
    let active = '';
    reconcile(
      this.#sheet,
      rows,
      ({ item }) => this.#keyOf(item),
      ({ item }) => this.#make(item),
      (element, { item, place }) => {
        const isActive = this.#keyOf(item) === this.#active;
        element.style.transform = `translateY(${place * height}px)`;
        element.setAttribute('aria-posinset', `${place + 1}`);
        element.setAttribute('aria-setsize', `${count}`);
        element.setAttribute('aria-selected', `${isActive}`);
        if (isActive) active = element.id;
        this.#update(element, item);
      },
    );
    if (active === '') this.#box.removeAttribute('aria-activedescendant');
    else this.#box.setAttribute('aria-activedescendant', active);
  }

  /** The style sheet says it: rows are higher on a phone. */
  get #rowHeight() {
    return Number.parseFloat(getComputedStyle(this.#box).getPropertyValue('--row-height')) || 32;
  }

  /** @param {T} item */
  #make(item) {
    const element = this.#create(item);
    const key = this.#keyOf(item);
    element.id = `${this.#box.id}-${key}`;
    element.setAttribute('role', 'option');
    element.classList.add('row');
    element.addEventListener('click', () => {
      this.#active = key;
      this.draw();
      this.#openKey(key);
    });
    return element;
  }

  /** The thing of that key as it is now. @param {string} key */
  #openKey(key) {
    const item = this.#items.find((each) => this.#keyOf(each) === key);
    if (item !== undefined) this.#open(item);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const page = Math.max(1, Math.floor(this.#box.clientHeight / this.#rowHeight) - 1);
    /** @type {Record<string, number>} */
    const steps = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -Infinity,
      End: Infinity,
    };
    const isOpen = event.key === 'Enter' || event.key === ' ';
    if (steps[event.key] === undefined && !isOpen) return;
    event.preventDefault();
    const at = this.#items.findIndex((item) => this.#keyOf(item) === this.#active);
    if (isOpen) {
      if (at >= 0) this.#open(this.#items[at]);
      return;
    }
    // The first arrow goes to the first row.
    const step = steps[event.key];
    const to = at < 0 && Number.isFinite(step) ? 0 : at + step;
    const place = Math.max(0, Math.min(this.#items.length - 1, to));
    if (this.#items.length === 0) return;
    this.#active = this.#keyOf(this.#items[place]);
    this.#scrollTo(place);
    this.draw();
  }

  /** @param {number} place */
  #scrollTo(place) {
    const height = this.#rowHeight;
    const { scrollTop, clientHeight } = this.#box;
    if (place * height < scrollTop) this.#box.scrollTop = place * height;
    else if ((place + 1) * height > scrollTop + clientHeight) {
      this.#box.scrollTop = (place + 1) * height - clientHeight;
    }
  }
}
