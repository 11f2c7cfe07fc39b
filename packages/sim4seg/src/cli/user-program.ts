import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Sim4SegError } from '@sim4seg/core';
import type { Program } from '@sim4seg/compute';

/**
 * Imports `<file>#<export>`; without `#<export>` the module must export one program.
 * @throws PROGRAM_INVALID where the module cannot be imported or exports no such program
 */
export async function loadProgram(entry: string): Promise<Program> {
  const [file = '', name] = entry.split('#');
  const exported = await importModule(file);
  if (name !== undefined) {
    if (isProgram(exported[name])) return exported[name];
    throw noProgram(entry, `"${name}" among ${describeExports(exported)}`);
  }
  const programs = Object.values(exported).filter(isProgram);
  if (programs.length === 1) return programs[0] as Program;
  throw noProgram(entry, programs.length === 0 ? describeExports(exported) : 'several programs');
}

async function importModule(file: string): Promise<Record<string, unknown>> {
  try {
    const path = await realpath(resolve(file));
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (cause) {
    throw noProgram(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** By form, not by class: the module may have another copy of the package. */
function isProgram(value: unknown): value is Program {
  if (typeof value !== 'object' || value === null) return false;
  const { name, inputs, outputs, run } = value as Record<string, unknown>;
  return (
    typeof name === 'string' && typeof inputs === 'object' && typeof outputs === 'object' && typeof run === 'function'
  );
}

const describeExports = (exported: Record<string, unknown>): string =>
  `the exports ${Object.keys(exported).join(', ') || '(none)'}`;

function noProgram(entry: string, got: string, cause?: unknown): Sim4SegError {
  return new Sim4SegError('PROGRAM_INVALID', {
    must: `--program names a module and its export that defineProgram made: ${JSON.stringify(entry.slice(0, 200))}`,
    got,
    fix: 'write for example --program ./model.js#program; a .ts file needs a Node that strips types, or tsx',
    ...(cause === undefined ? {} : { cause }),
  });
}
