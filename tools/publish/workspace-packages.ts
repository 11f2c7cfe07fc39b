import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';

/** What npm has to know of a version before it fetches it. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly [field: string]: unknown;
}

type LockEntry = Omit<Manifest, 'name'> & { readonly name?: string; readonly link?: boolean };

/** Third-party packages that the workspace has installed; `name@version` -> where it lies and what the lock says of it. */
export type InstalledPackages = ReadonlyMap<string, { readonly folder: string; readonly manifest: Manifest }>;

/** Fields of the lock file that npm plans an installation with. */
const PLANNED =
  'version license bin dependencies optionalDependencies peerDependencies peerDependenciesMeta engines os cpu libc hasInstallScript'.split(
    ' ',
  );

/** Reads the lock file, so that packages for other platforms are known without being there. */
export function installedPackages(root: string): InstalledPackages {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, LockEntry>>;
  };
  const found = Object.entries(packages).flatMap(([path, entry]) => {
    const name = entry.name ?? /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1];
    if (name === undefined || entry.link === true || !path.includes('node_modules/')) return [];
    const manifest = {
      name,
      ...Object.fromEntries(PLANNED.flatMap((key) => (key in entry ? [[key, entry[key]]] : []))),
    };
    return [[`${name}@${entry.version}`, { folder: join(root, path), manifest: manifest as Manifest }] as const];
  });
  return new Map(found);
}

/** The runtime carries its binaries for all platforms, 200 MB more than one of them reads. */
const OTHER_PLATFORMS = ['darwin', 'linux', 'win32'].filter((platform) => platform !== process.platform);

/** Where `otherPlatforms` is false, the runtime comes without its binaries for other platforms. */
export interface PackOptions {
  readonly otherPlatforms: boolean;
}

/** The folder as a tar stream without compression, which npm reads as well; null where it is not installed here. */
export function packFolder(folder: string, { otherPlatforms }: PackOptions): Readable | null {
  if (!existsSync(folder)) return null;
  const name = basename(folder);
  const platforms = otherPlatforms ? [] : OTHER_PLATFORMS.map((platform) => `${name}/bin/napi-v*/${platform}`);
  const left = [`${name}/node_modules`, ...platforms];
  const args = ['-C', dirname(folder), ...left.map((path) => `--exclude=${path}`), '-cf', '-', name];
  return spawn('tar', args, { stdio: ['ignore', 'pipe', 'inherit'] }).stdout;
}
