import type { ParamSpecs } from './params.js';

/** The table from parameter name to key of an official SAM checkpoint: `prefix` before names that are official ones. */
export function withOfficialKeys(prefix: string, specs: ParamSpecs): ParamSpecs {
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [name, { ...spec, key: spec.key ?? `${prefix}${name}` }]),
  );
}
