import { Sim4SegError, type LabelVocabulary } from '@sim4seg/core';
import { z } from 'zod';

/** Version of the manifest's form that is written; older ones stay readable. */
export const bundleSchemaVersion = 2;

/** Name of the manifest inside a bundle. */
export const manifestFile = 'manifest.json';

/** Says where weights that are only referred to lie on this machine; not part of what is hashed or shipped. */
export const localPathsFile = 'references.local.json';

const outsideMessage = 'must be a path inside the bundle';

/** Stays inside the folder: no `..`, no absolute path, no backslash. */
const filePath = z.string().regex(/^[A-Za-z0-9_][\w.-]*(\/[A-Za-z0-9_][\w.-]*)*$/, outsideMessage);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a sha256 in hex');
const text = z.string().min(1);
const plainRecord = z.record(z.string(), z.unknown());

const label = z.object({
  id: text,
  name: text,
  synonyms: z.array(z.string()),
  codes: z.record(z.string(), z.string()).optional(),
});

const licence = z.object({ name: text, appliesTo: text, url: z.string().optional() });

const trainingSet = z.object({
  name: text,
  images: z.number().int().nonnegative(),
  licence: z.string().optional(),
  source: z.string().optional(),
});

const training = z.object({
  /** sha256 of every picture file that was trained on. */
  imageSha256: z.array(sha256),
  sets: z.array(trainingSet),
  /** The config tree of the run. */
  config: plainRecord,
  steps: z.number().int().nonnegative().optional(),
  figures: plainRecord.optional(),
});

const fileHash = z.object({ sha256, bytes: z.number().int().nonnegative() });

/** Weights of parts that are compiled where the bundle is opened. */
const weightSet = z.object({
  /** What a reader of weights opens: a file, or the index of several. */
  file: filePath,
  /** `as stored` where the types of the file were left alone. */
  precision: z.enum(['float32', 'float16', 'int4', 'as stored']),
  /** Entries of `parts` whose programs take these weights. */
  parts: z.array(text),
  /** What stands before the keys of the programs in the names of the file. */
  prefix: z.string().default(''),
});

const noTraining = { imageSha256: [], sets: [], config: {} };

const manifestFields = z.object({
  schemaVersion: z.union([z.literal(1), z.literal(bundleSchemaVersion)]),
  name: text,
  version: text,
  intendedUse: text,
  /** Sizes and settings of each part, by plugin id. */
  parts: plainRecord,
  /** Choice of parts that the bundle is made for: the beginning of a config tree. */
  config: plainRecord,
  /** The weights file that the graphs read. */
  weights: z.object({ file: filePath, precision: z.enum(['float16', 'float32']) }).optional(),
  graphs: z.record(text, z.object({ file: filePath, program: sha256 })),
  /** From version 2 on. */
  weightSets: z.record(text, weightSet).default({}),
  files: z.record(filePath, fileHash),
  /** Files that belong to the bundle and lie elsewhere, by the name that the bundle gives them; from version 2 on. */
  references: z.record(filePath, fileHash).default({}),
  preprocessing: plainRecord,
  labels: z.record(z.string(), z.array(label)),
  conversation: z.looseObject({ order: z.enum(['segment-first', 'reason-first']) }),
  /** What the text of a question becomes, and the tokens that mean something; from version 2 on. */
  prompts: plainRecord.default({}),
  thresholds: z.record(z.string(), z.number()),
  licences: z.array(licence),
  /** Empty where the weights were not trained here. */
  training: training.default(noTraining),
});

export const bundleManifestSchema = manifestFields.refine(
  ({ weights, graphs, weightSets, schemaVersion }) =>
    weights || (schemaVersion > 1 && (Object.keys(weightSets).length || !Object.keys(graphs).length)),
  { path: ['weights'], message: 'graphs read a weights file' },
);

/** `manifest.json` of a bundle. */
export type BundleManifest = z.infer<typeof bundleManifestSchema>;

/** What the maker of a bundle states; hashes, graphs and weights are added when it is written. */
export type BundleDescription = Omit<
  z.input<typeof bundleManifestSchema>,
  'schemaVersion' | 'weights' | 'weightSets' | 'graphs' | 'files' | 'references' | 'training'
> &
  Pick<BundleManifest, 'training'>;

/**
 * Reads a manifest.
 * @throws BUNDLE_DAMAGED with the path of what is wrong, or where its version is unknown; PATH_OUTSIDE where it names a
 * file that is not in its folder.
 */
export function parseManifest(json: string, where: string): BundleManifest {
  let tree: unknown;
  try {
    tree = JSON.parse(json);
  } catch (cause) {
    throw damagedBundle(`${where} must be JSON`, (cause as Error).message, cause);
  }
  return expectManifest(tree, where);
}

/** @throws BUNDLE_DAMAGED, PATH_OUTSIDE */
export function expectManifest(tree: unknown, where: string): BundleManifest {
  const result = bundleManifestSchema.safeParse(tree);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.join('.') || 'the whole';
  const must = `${where} must be a manifest of version ${bundleSchemaVersion} or older`;
  if (!isOutside(issue)) throw damagedBundle(must, `${path}: ${issue?.message}`);
  throw new Sim4SegError('PATH_OUTSIDE', {
    must: `${where} must only name files of its own folder`,
    got: `another path in ${path}`,
    fix: 'do not use this bundle; get it from a source that you trust',
  });
}

/** Keys that are no paths come with the reasons inside. */
function isOutside(issue: z.core.$ZodIssue | undefined): boolean {
  if (issue?.code === 'invalid_key') return issue.issues.some((inner) => inner.message === outsideMessage);
  return issue?.message === outsideMessage;
}

/**
 * The weights file of a bundle that has graphs.
 * @throws BUNDLE_MISSING where the bundle was converted, and its weights lie in sets
 */
export function expectGraphWeights({ weights, name }: BundleManifest): NonNullable<BundleManifest['weights']> {
  if (weights) return weights;
  throw new Sim4SegError('BUNDLE_MISSING', {
    must: `The bundle "${name}" must hold its weights in one file, under the names of its parts`,
    got: 'sets of weights under official keys, as "sim4seg convert" writes them',
    fix: 'choose a bundle that was trained or exported',
  });
}

/** The label vocabulary of a manifest, in the form of the contract. */
export function labelsOf({ labels }: BundleManifest): LabelVocabulary {
  return labels as LabelVocabulary;
}

/** The one error of bundles that cannot be trusted. */
export function damagedBundle(must: string, got: string, cause?: unknown): Sim4SegError {
  return new Sim4SegError('BUNDLE_DAMAGED', {
    must,
    got,
    fix: 'install or write the bundle again',
    ...(cause === undefined ? {} : { cause }),
  });
}
