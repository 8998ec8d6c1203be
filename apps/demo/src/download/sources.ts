import { UsageError } from '../command.ts';

/** A file to download. */
export interface Source {
  readonly url: string;
  /** What its content must hash to; without it, whatever comes whole is right. */
  readonly sha256: string | undefined;
  /** Its name in the folder. */
  readonly file: string;
}

const HASH = /^#sha256=([\da-f]{64})$/i;

/**
 * What to download, by URLs like `https://host/file#sha256=…`. What stands behind `#` is not sent to the server.
 *
 * @throws UsageError when one of them is none
 */
export function sourcesOf(urls: readonly string[]): Source[] {
  const taken = new Set<string>();
  return urls.map((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || !['http:', 'https:'].includes(url.protocol))
      throw new UsageError(`${text} is not a URL of HTTP, like https://host/file`);
    const sha256 = HASH.exec(url.hash)?.[1].toLowerCase();
    if (url.hash.startsWith('#sha256') && sha256 === undefined)
      throw new UsageError(`${url.hash} is not #sha256= and 64 hexadecimal digits`);
    url.hash = '';
    return { url: url.href, sha256, file: free(fileNameOf(url), taken) };
  });
}

/** The last part of its path, as one name below the folder. */
function fileNameOf({ pathname }: URL): string {
  const last = pathname.slice(pathname.lastIndexOf('/') + 1);
  const name = decoded(last).replace(/[\p{Cc}/\\]/gu, '_');
  return ['', '.', '..'].includes(name) ? 'index.html' : name;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The name, or with a number behind it when another file of this run has it. */
function free(name: string, taken: Set<string>): string {
  let found = name;
  for (let number = 1; taken.has(found); number++) found = `${name}.${number}`;
  taken.add(found);
  return found;
}
