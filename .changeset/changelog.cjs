// How changesets writes a change into CHANGELOG.md: as it stands in its file. Packages of one version need no list of the
// others that changed with them.
module.exports = {
  getReleaseLine: async ({ summary }) => `- ${summary.trim().replaceAll('\n', '\n  ')}`,
  getDependencyReleaseLine: async () => '',
};
