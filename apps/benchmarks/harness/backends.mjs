/**
 * A benchmark of ours alone: with the backend of this system, and with the one that runs on macOS, too.
 *
 * @param benchmark what is done, and its contenders
 * @param title what that is, after a colon
 */
export function onBothBackends(benchmark, title) {
  return {
    ...benchmark,
    title: `Both backends: ${title}`,
    contenders: benchmark.contenders.filter(({ ours }) => ours).flatMap((each) => [each, each.on('posix')]),
    targets: [],
  };
}
