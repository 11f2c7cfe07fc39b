import type { BundleCheck } from '@sim4seg/compute/bundle';
import { isSim4SegError } from '@sim4seg/core';
import { isUnused } from './official-key.js';
import { modelPartsSchema } from './model-parts.js';
import { storedShapes, type StoredShapes } from './stored-shapes.js';
import { compareKeys, setsOf, type SetSpec } from './weight-sets.js';

/** A key of a set that is not as the programs of its parts ask for. */
export interface KeyProblem {
  readonly kind: 'missing key' | 'unexpected key' | 'wrong shape' | 'unreadable' | 'missing set' | 'unexpected set';
  readonly file: string;
  readonly detail: string;
}

type WeightSets = BundleCheck['manifest']['weightSets'];

/** Compares the weight sets of a bundle with the key tables of its parts. Only headers are read. */
export async function verifyKeys({ manifest, pathOf }: BundleCheck): Promise<readonly KeyProblem[]> {
  const { weightSets } = manifest;
  if (!Object.keys(weightSets).length) return [];
  const sized = modelPartsSchema.safeParse(manifest.parts);
  const [issue] = sized.error?.issues ?? [];
  if (!sized.success)
    return [{ kind: 'unreadable', file: 'manifest.json', detail: `parts.${issue?.path.join('.')}: ${issue?.message}` }];
  const specs = setsOf(sized.data);
  const problems = setProblems(specs, weightSets);
  for (const file of new Set(Object.values(weightSets).map((set) => set.file))) {
    const shapes = await readShapes(pathOf(file));
    if (typeof shapes === 'string') problems.push({ kind: 'unreadable', file, detail: shapes });
    else problems.push(...keyProblems(file, shapes, { specs, weightSets, isOwn: Object.hasOwn(manifest.files, file) }));
  }
  return problems;
}

function setProblems(specs: readonly SetSpec[], weightSets: WeightSets): KeyProblem[] {
  const file = 'manifest.json';
  const missing = specs.filter(({ name }) => !Object.hasOwn(weightSets, name));
  const unexpected = Object.keys(weightSets).filter((name) => !specs.some((set) => set.name === name));
  return [
    ...missing.map(({ name }) => ({ kind: 'missing set' as const, file, detail: `weightSets.${name}` })),
    ...unexpected.map((name) => ({ kind: 'unexpected set' as const, file, detail: `weightSets.${name}` })),
  ];
}

async function readShapes(path: string): Promise<StoredShapes | string> {
  try {
    return await storedShapes(path);
  } catch (error) {
    if (!isSim4SegError(error)) throw error;
    return `${error.must}; it is: ${error.got}`;
  }
}

interface Expected {
  readonly specs: readonly SetSpec[];
  readonly weightSets: WeightSets;
  /** Whether the file lies in the bundle; one that it refers to may hold tensors of others, behind other prefixes. */
  readonly isOwn: boolean;
}

/** Several sets may lie in one file that the bundle refers to: a key is unexpected where none of them asks for it. */
function keyProblems(file: string, shapes: StoredShapes, { specs, weightSets, isOwn }: Expected): KeyProblem[] {
  const keys = new Map<string, SetSpec['keys'] extends ReadonlyMap<string, infer S> ? S : never>();
  for (const { name, keys: own } of specs) {
    const set = weightSets[name];
    if (set?.file === file) for (const [key, spec] of own) keys.set(set.prefix + key, spec);
  }
  const { missing, unexpected, misshaped } = compareKeys(keys, shapes);
  const prefixes = Object.values(weightSets).flatMap((set) => (set.file === file ? [set.prefix] : []));
  const isMeant = (name: string): boolean => isOwn || prefixes.some((prefix) => name.startsWith(prefix));
  const problem = (kind: KeyProblem['kind']) => (detail: string) => ({ kind, file, detail });
  return [
    ...missing.map(problem('missing key')),
    ...unexpected.filter((name) => !isUnused(name) && isMeant(name)).map(problem('unexpected key')),
    ...misshaped.map(problem('wrong shape')),
  ];
}
