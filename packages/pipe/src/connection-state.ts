/**
 * The owner of the end of a connection that an object was made for.
 *
 * | state   | this object                                          | next                           |
 * | ------- | ---------------------------------------------------- | ------------------------------ |
 * | open    | has the end                                          | closed; moving                 |
 * | moving  | it was passed on in a message that is not sent yet   | moved; open, when it is not    |
 * | leaving | … and was closed meanwhile                           | moved; closed                  |
 * | moved   | another thread has, or will have, the end            |                                |
 * | closed  | the end is closed                                    |                                |
 */
export type State = 'open' | 'moving' | 'leaving' | 'moved' | 'closed';

/** Why it cannot be used, for messages. */
export const REASONS: Record<Exclude<State, 'open'>, string> = {
  moving: 'it is being sent to another thread or process',
  leaving: 'it was closed in this thread',
  moved: 'it was sent to another thread or process, which has it now',
  closed: 'it was closed in this thread',
};
