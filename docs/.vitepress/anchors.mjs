// The anchors of headings, as GitHub makes them: a link to a heading works there and on the site.

/** @param {string} heading its text, without marks of Markdown */
export function slugOf(heading) {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
}

/**
 * The anchors of a page's headings. Where several are the same, the later ones get a number.
 *
 * @param {string} markdown
 * @returns {Set<string>}
 */
export function anchorsOf(markdown) {
  const anchors = new Set();
  for (const line of withoutFences(markdown).split('\n')) {
    const heading = /^#{1,6} +(.*?)(?: +#+)? *$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const slug = slugOf(textOf(heading));
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Lines of code are empty lines then. @param {string} markdown */
export function withoutFences(markdown) {
  let fence = '';
  const lines = markdown.split('\n').map((line) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === '') {
      if (mark === undefined) return line;
      fence = mark;
    } else if (mark?.startsWith(fence)) fence = '';
    return '';
  });
  return lines.join('\n');
}

/** @param {string} heading */
function textOf(heading) {
  return heading
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/(\*\*?)(?=\S)(.*?)(?<=\S)\1/g, '$2')
    .replaceAll('`', '');
}
