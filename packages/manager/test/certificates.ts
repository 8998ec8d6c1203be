import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Certificates for tests, in a folder of their own. */
export interface Certificates {
  readonly folder: string;
  readonly ca: string;
  /** Of 127.0.0.1 and localhost, signed by `ca`. */
  readonly server: { readonly key: string; readonly cert: string };
  /** Signed by `ca`, too. */
  readonly client: { readonly key: string; readonly cert: string };
  /** Signed by itself. */
  readonly stranger: { readonly key: string; readonly cert: string };
  remove(): void;
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes certificates by `openssl`. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'mp-test-tls-'));
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const read = (name: string) => readFileSync(at(name), 'utf8');
  const selfSigned = (name: string, subject: string, ...more: string[]) =>
    openssl(
      ...['req', '-x509', ...EC, '-days', '2', '-subj', subject, ...more],
      ...['-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)],
    );
  const signed = (name: string) => {
    openssl('req', ...EC, '-subj', `/CN=${name}`, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`));
    openssl(
      ...['x509', '-req', '-in', at(`${name}.csr`), '-CA', at('ca.pem'), '-CAkey', at('ca.key')],
      ...['-CAcreateserial', '-days', '2', '-extfile', at('names'), '-out', at(`${name}.pem`)],
    );
    return { key: read(`${name}.key`), cert: read(`${name}.pem`) };
  };
  writeFileSync(at('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  selfSigned('ca', '/CN=ca of the tests');
  selfSigned('stranger', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1');
  return {
    folder,
    ca: read('ca.pem'),
    server: signed('server'),
    client: signed('client'),
    stranger: { key: read('stranger.key'), cert: read('stranger.pem') },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
