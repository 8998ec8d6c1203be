/**
 * A file of certificates that Node has to trust on this machine, if there is one. Node 20 reads it at each start, which
 * takes half as long again as the start itself, and the tests start Node some ten thousand times. So only what comes from
 * elsewhere, like packages that are installed, gets it: the setup of the tests takes it out of the environment.
 */
export const certificates: string | undefined = process.env.NODE_EXTRA_CA_CERTS;
delete process.env.NODE_EXTRA_CA_CERTS;
