import { resolveBundle, verifyBundle } from '@sim4seg/compute/bundle';
import { Sim4SegError } from '@sim4seg/core';
import { verifyPartKeys } from '../convert/verify-part-keys.js';
import { verifyKeys } from '../convert/verify-keys.js';

/**
 * `sim4seg bundle verify`: compares every file with its hash and every tensor with the key tables of the programs; prints
 * all that is wrong.
 * @throws BUNDLE_DAMAGED where something is wrong; BUNDLE_MISSING, PATH_OUTSIDE
 */
export async function bundleVerifyCommand(bundle: string): Promise<void> {
  const check = await verifyBundle(resolveBundle(bundle));
  const { problems: ofFiles } = check;
  const isReadable = !ofFiles.some(({ kind }) => kind === 'missing' || kind === 'damaged');
  const ofKeys = [...(await verifyKeys(check)), ...(isReadable ? await verifyPartKeys(check) : [])];
  const problems = [...ofFiles, ...ofKeys];
  for (const { kind, file, detail } of problems) process.stdout.write(`${kind}: ${file}: ${detail}\n`);
  if (problems.length)
    throw new Sim4SegError('BUNDLE_DAMAGED', {
      must: `Every file and tensor of ${check.folder} must be as its manifest says`,
      got: `${problems.length} that ${problems.length === 1 ? 'is' : 'are'} not, listed above`,
      fix: 'convert, install or download the bundle again',
    });
  const files = Object.keys({ ...check.manifest.files, ...check.manifest.references }).length;
  process.stdout.write(
    `${check.manifest.name} ${check.manifest.version}: ${files} files intact, sha256 ${check.sha256}\n`,
  );
}
