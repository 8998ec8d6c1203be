import {
  type Describers,
  type Description,
  H_KIND,
  H_VERSION,
  HEADER_BYTES,
  kindOf,
  lookAt,
} from '@mp/core/internal';

/**
 * What an inspector is told of a segment, by the describers of the package that owns its kind.
 *
 * @param file its name in the segment directory
 * @throws Error when there is no such file, or no describer for it
 */
export function described(describers: Describers, file: string): Description {
  const directory = process.env.MP_DIR as string;
  const header = lookAt(directory, file, HEADER_BYTES);
  const describer = header && describers[kindOf(header.words[H_KIND])];
  if (describer?.version !== header?.words[H_VERSION]) throw new Error(`Nothing describes ${file}`);
  const look = describer && lookAt(directory, file, describer.bytes);
  if (look === undefined) throw new Error(`There is no ${file}`);
  return (describer as NonNullable<typeof describer>).describe(look);
}
