import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Sim4SegError } from '@sim4seg/core';
import { manifestFile } from './manifest.js';

/** Where bundles are looked for. */
export interface ResolveBundleOptions {
  /** Folders from which relative paths and npm packages are looked up, in order; the working folder if left out. */
  readonly from?: readonly string[];
}

/**
 * Finds the folder of a bundle: a folder that holds a manifest, or an npm package with one in `bundle/`.
 * @throws BUNDLE_MISSING naming what was tried.
 */
export function resolveBundle(source: string, { from = [process.cwd()] }: ResolveBundleOptions = {}): string {
  const tried = isPackageName(source)
    ? [
        ...from.map((folder) => packageFolder(source, pathToFileURL(join(folder, 'package.json')).href)),
        ownPackage(source),
      ]
    : from.map((folder) => resolve(folder, source));
  const candidates = tried.filter((folder) => folder !== undefined);
  const found = candidates.find((folder) => existsSync(join(folder, manifestFile)));
  if (found) return found;
  throw new Sim4SegError('BUNDLE_MISSING', {
    must: `"${source}" must be a bundle: a folder with ${manifestFile}, or an installed package with one`,
    got: candidates.length ? `no ${manifestFile} in ${candidates.join(', ')}` : 'no such package',
    fix: `check the path (a folder begins with "./" or "/"), or run: npm install ${source}`,
  });
}

/** A name as npm has them; everything with a leading dot or slash is a path. */
function isPackageName(source: string): boolean {
  return !isAbsolute(source) && /^(@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*$/.test(source);
}

function ownPackage(name: string): string | undefined {
  return packageFolder(name, import.meta.url);
}

function packageFolder(name: string, from: string): string | undefined {
  try {
    return join(dirname(createRequire(from).resolve(`${name}/package.json`)), 'bundle');
  } catch {
    return undefined;
  }
}
