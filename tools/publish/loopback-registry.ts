import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { installedPackages, packFolder } from './workspace-packages.js';
import type { InstalledPackages, Manifest, PackOptions } from './workspace-packages.js';

/** A version that was published here. */
export interface Published {
  readonly manifest: Manifest & { readonly dist: { readonly integrity: string } };
  readonly tarball: Buffer;
}

/** A registry for npm's `publish` and `install` that lives as long as the test. */
export interface LoopbackRegistry extends AsyncDisposable {
  readonly url: string;
  /** By name, in the order of publication. */
  readonly published: ReadonlyMap<string, Published>;
}

/** The body of npm's publication: one version and its tarball. */
interface Publication {
  readonly versions: Readonly<Record<string, Published['manifest']>>;
  readonly _attachments: Readonly<Record<string, { readonly data: string }>>;
}

interface Shelf extends PackOptions {
  readonly published: Map<string, Published>;
  readonly installed: InstalledPackages;
  url: string;
}

/** Takes what is published, and beside it offers the third-party packages that the workspace at `root` has installed. */
export async function openLoopbackRegistry(
  root: string,
  { otherPlatforms = false }: Partial<PackOptions> = {},
): Promise<LoopbackRegistry> {
  const shelf: Shelf = { otherPlatforms, published: new Map(), installed: installedPackages(root), url: '' };
  const server = createServer((request, response) => {
    answer(shelf, request, response).catch((error: unknown) => send(response, 500, { error: String(error) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  shelf.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url: shelf.url,
    published: shelf.published,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(shelf: Shelf, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = decodeURIComponent(new URL(request.url ?? '/', shelf.url).pathname).slice(1);
  if (request.method === 'PUT')
    return send(response, 201, take(shelf, path, JSON.parse(String(await buffer(request)))));
  if (request.method !== 'GET') return send(response, 404, {});
  const tarball = /^-\/tarballs\/(.+)\.tgz$/.exec(path)?.[1];
  if (tarball !== undefined) return sendTarball(shelf, tarball, response);
  const versions = versionsOf(shelf, path);
  if (versions.length === 0) return send(response, 404, { error: `${path} is neither published here nor installed` });
  send(response, 200, packument(shelf, path, versions));
}

/** Keeps a publication whose tarball is what its manifest promises. */
function take(shelf: Shelf, name: string, { versions, _attachments }: Publication): { ok: true } {
  const manifest = Object.values(versions)[0];
  const data = Object.values(_attachments)[0]?.data;
  if (manifest === undefined || data === undefined || manifest.name !== name) throw new Error('not a publication');
  const tarball = Buffer.from(data, 'base64');
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  if (integrity !== manifest.dist.integrity) throw new Error(`${name} arrived with another hash`);
  shelf.published.set(name, { manifest, tarball });
  return { ok: true };
}

/** Our own version where the name is ours, else every installed one, the highest last. */
function versionsOf({ published, installed }: Shelf, name: string): Manifest[] {
  const own = published.get(name);
  if (own !== undefined) return [own.manifest];
  const versions = [...installed.values()].map(({ manifest }) => manifest).filter((found) => found.name === name);
  return versions.sort((a, b) => a.version.localeCompare(b.version, 'en', { numeric: true }));
}

function packument({ url, published }: Shelf, name: string, versions: readonly Manifest[]): object {
  const integrity = published.get(name)?.manifest.dist.integrity;
  const withPlace = versions.map((manifest) => [
    manifest.version,
    {
      ...manifest,
      dist: { tarball: `${url}-/tarballs/${name}@${manifest.version}.tgz`, ...(integrity && { integrity }) },
    },
  ]);
  return {
    name,
    'dist-tags': { latest: versions.at(-1)?.version },
    versions: Object.fromEntries(withPlace) as Record<string, Manifest>,
  };
}

function sendTarball({ published, installed, otherPlatforms }: Shelf, wanted: string, response: ServerResponse): void {
  const own = published.get(wanted.replace(/@[^@]+$/, ''));
  if (own !== undefined) return void response.end(own.tarball);
  const stream = packFolder(installed.get(wanted)?.folder ?? '', { otherPlatforms });
  if (stream === null) return send(response, 404, { error: `${wanted} is not installed` });
  stream.pipe(response);
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
