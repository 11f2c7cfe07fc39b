import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Imports an optional package: the one that the working folder sees, because it is the user's; else the one beside this
 * package.
 */
export function importOptional(name: string): Promise<unknown> {
  return import(fromWorkingFolder(name) ?? name);
}

function fromWorkingFolder(name: string): string | null {
  try {
    return pathToFileURL(createRequire(join(process.cwd(), 'package.json')).resolve(name)).href;
  } catch {
    return null;
  }
}
