import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { templateKinds, type TemplateKind } from './kinds.js';
import { pluginFiles } from './plugin-files.js';

const namePattern = /^[a-z][a-z0-9-]*$/;

const isTemplateKind = (kind: string): kind is TemplateKind => (templateKinds as readonly string[]).includes(kind);

/**
 * Writes a plugin package into `<folder>/<name>` and returns that path.
 *
 * @throws Error with a readable message for an unknown kind, a name that is no package name, or an existing folder;
 * nothing is written then.
 */
export const writePlugin = async (
  kind: string,
  name: string,
  options: { readonly folder: string },
): Promise<string> => {
  if (!isTemplateKind(kind)) throw new Error(`The kind must be one of ${templateKinds.join(', ')}; got '${kind}'.`);
  if (!namePattern.test(name))
    throw new Error(`The name must be lower-case letters, digits and dashes; got '${name}'.`);
  const path = join(options.folder, name);
  if (existsSync(path)) throw new Error(`The folder must not exist yet; '${name}' is there. Choose another name.`);
  await mkdir(path, { recursive: true });
  for (const [file, text] of Object.entries(pluginFiles(kind, name))) await writeFile(join(path, file), text);
  return path;
};
