// Writes SVG and HTML.

/** @typedef {string | undefined | false} Markup what is false or undefined is left out */

/**
 * An element. Its children are markup already: pass text through {@link text}.
 *
 * @param {string} name
 * @param {Record<string, string | number | undefined>} attributes
 * @param {...(Markup | Markup[])} children
 * @returns {string}
 */
export function el(name, attributes, ...children) {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? tidy(value) : text(String(value))}"`);
  const inside = children.flat().filter(Boolean).join('');
  return `<${name}${written.join('')}>${inside}</${name}>`;
}

/** Text as markup. @param {string} raw */
export function text(raw) {
  return raw.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A share of the width, as SVG wants it. @param {number} share 0 to 1 */
export const percent = (share) => `${tidy(share * 100)}%`;

/** @param {number} value */
const tidy = (value) => String(Number(value.toFixed(2)));
