/**
 * The function whose source text this is. It sees globals only.
 *
 * @throws SyntaxError when the text is not an expression by itself
 */
// biome-ignore lint/complexity/noBannedTypes: whatever can be called
export function compile(source: string): Function {
  return new Function(`'use strict'; return (${source}\n);`)();
}
