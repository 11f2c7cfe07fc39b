import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EMBEDDED_BUNDLE } from '../src/sdk/presets.js';
import { writeUntrainedBundle } from './untrained-bundle.js';

const packageFile = createRequire(import.meta.url).resolve(`${EMBEDDED_BUNDLE}/package.json`);

/** Whether the embedded bundle has been put into its package. */
export const hasEmbeddedBundle = existsSync(join(dirname(packageFile), 'bundle/manifest.json'));

/** The embedded bundle, or a small untrained one where there is none (yet): what is tested then is the way, not the answer. */
export async function testBundle(folder: string): Promise<string> {
  if (hasEmbeddedBundle) return EMBEDDED_BUNDLE;
  const untrained = join(folder, 'untrained-bundle');
  await writeUntrainedBundle(untrained);
  return untrained;
}
