import { checkOptions } from '@mp/core/internal';

/** A certificate or a key as text (PEM), or several of them. */
export type Pem = string | Uint8Array | readonly (string | Uint8Array)[];

/** What a server needs for TLS. */
export interface TlsServerOptions {
  /** Its private key. */
  key: Pem;
  /** Its certificate, and those between it and the one that clients trust. */
  cert: Pem;
  /** Of the key, if it is encrypted. */
  passphrase?: string | undefined;
  /** Those whose certificates clients may have, for `requestCert`. Default: those that Node trusts. */
  ca?: Pem | undefined;
  /** Whether clients must have a certificate, beside the key. Such a server has no guests. Default: false. */
  requestCert?: boolean | undefined;
}

/** What a client says about TLS. */
export interface TlsClientOptions {
  /** Whose certificates are trusted. Default: those that Node trusts. */
  ca?: Pem | undefined;
  /** The name that must be in the certificate. Default: the host of the address. */
  servername?: string | undefined;
  /** A certificate of its own, for a server that asks for one … */
  cert?: Pem | undefined;
  /** … and its private key … */
  key?: Pem | undefined;
  /** … and that one's, if it is encrypted. */
  passphrase?: string | undefined;
}

/** @throws TypeError when they are none */
export function checkTlsServer(tls: TlsServerOptions): TlsServerOptions {
  checkOptions(tls, 'tls', ['key', 'cert', 'passphrase', 'ca', 'requestCert']);
  if (tls.key === undefined || tls.cert === undefined)
    throw new TypeError('tls needs a key and a cert, as text in PEM: { tls: { key, cert } }');
  if (tls.requestCert !== undefined && typeof tls.requestCert !== 'boolean')
    throw new TypeError(`requestCert must be a boolean, not a ${typeof tls.requestCert}`);
  return { ...tls };
}

/** @throws TypeError when they are none */
export function checkTlsClient(tls: TlsClientOptions | true): TlsClientOptions {
  if (tls === true) return {};
  checkOptions(tls, 'tls', ['ca', 'servername', 'cert', 'key', 'passphrase']);
  return { ...tls };
}
