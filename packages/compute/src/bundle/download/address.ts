import { Sim4SegError } from '@sim4seg/core';
import type { RemoteBundle } from './download-bundle.js';

/** Whether a text names a bundle on a server. */
export const isAddress = (source: string): boolean => /^https?:\/\//i.test(source);

/** Address and hash of a bundle in one text: `https://host/folder#sha256=<hex>`. @throws USAGE */
export function parseAddress(source: string): RemoteBundle {
  const [, url, sha256] = /^([^#]+)#sha256=([0-9a-f]{64})$/i.exec(source) ?? [];
  if (url !== undefined && sha256 !== undefined) return { url, sha256: sha256.toLowerCase() };
  throw new Sim4SegError('USAGE', {
    must: 'The address of a bundle must end with the hash of its manifest: https://host/folder#sha256=<64 hex digits>',
    got: source.slice(0, 200),
    fix: 'take the hash from where the address comes from; "sim4seg bundle verify" prints it for a folder',
  });
}
