const EPOCH = Date.UTC(2025, 0);
const PER_MS = 4096;

/**
 * The part of a script that makes tokens: `nextToken(last, time)`, where `last` is the token before, if one is known, and `time`
 * is `now()`.
 *
 * A token is the greater one of the last token + 1 and the milliseconds since 2025 on Redis's clock * 4096. So tokens grow also
 * when Redis has lost its memory, a replica took over that had not heard of the last ones, or their object was removed.
 */
export const TOKENS = `
local function nextToken(last, time) return math.max((tonumber(last) or 0) + 1, (time - ${EPOCH}) * ${PER_MS}) end
`;
