// Elements without markup: every text that comes from another program is set as text.

/**
 * Makes an element.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | number | boolean | EventListener | undefined>} [given] `class`, attributes, and `on…`
 * listeners; an attribute that is `undefined` or `false` is left out
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, given = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/** The element of the page with this id. @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no element with the id ${id}`);
  return element;
}

/** Sets the text of an element unless it is there already: a selection in it stays. @param {Element} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Brings the children of `parent` in line with a list. The child of a key stays the same element, so that focus and
 * scrolling stay, too.
 *
 * @template T
 * @param {Element} parent
 * @param {readonly T[]} things
 * @param {(thing: T) => string} keyOf
 * @param {(thing: T) => HTMLElement} create
 * @param {(element: HTMLElement, thing: T) => void} update is called for new ones, too
 */
export function reconcile(parent, things, keyOf, create, update) {
  /** @type {Map<string, HTMLElement>} */
  const known = new Map();
  for (const child of parent.children) {
    const element = /** @type {HTMLElement} */ (child);
    known.set(element.dataset.key ?? '', element);
  }
  /** @type {Element | null} */
  let at = parent.firstElementChild;
  for (const thing of things) {
    const key = keyOf(thing);
    let element = known.get(key);
    known.delete(key);
    if (element === undefined) {
      element = create(thing);
      element.dataset.key = key;
    }
    update(element, thing);
    if (element === at) at = at.nextElementSibling;
    else parent.insertBefore(element, at);
  }
  for (const element of known.values()) element.remove();
}

/** The values of the colours of the style sheet, as they are now. @returns {(name: string) => string} for a name like `--busy` */
export function palette() {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(name).trim();
}
