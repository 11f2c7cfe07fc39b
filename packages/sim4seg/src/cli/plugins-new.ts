import { toSim4SegError } from '@sim4seg/core';
import { writePlugin } from 'create-sim4seg-plugin';

/** `sim4seg plugins new`: writes a plugin package into `./<name>`. @throws USAGE */
export async function pluginsNewCommand(kind: string, name: string): Promise<void> {
  try {
    const path = await writePlugin(kind, name, { folder: process.cwd() });
    process.stdout.write(`Wrote ${path}\nNext: cd ${name} && npm install && npm test\n`);
  } catch (error) {
    throw toSim4SegError(error, 'USAGE', {
      must: 'A plugin package is written: plugins new <kind> <name>',
      fix: 'choose one of the kinds, and a name whose folder does not exist',
    });
  }
}
