import { Sim4SegError, type LabelVocabulary } from '@sim4seg/core';
import { z } from 'zod';

/** Version of the manifest's form that is written; older ones stay readable. */
export const bundleSchemaVersion = 1;

/** Name of the manifest inside a bundle. */
export const manifestFile = 'manifest.json';

/** Stays inside the folder: no `..`, no absolute path, no backslash. */
const filePath = z.string().regex(/^[A-Za-z0-9_][\w.-]*(\/[A-Za-z0-9_][\w.-]*)*$/, 'must be a path inside the bundle');
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

export const bundleManifestSchema = z.object({
  schemaVersion: z.literal(bundleSchemaVersion),
  name: text,
  version: text,
  intendedUse: text,
  /** Sizes and settings of each part, by plugin id. */
  parts: plainRecord,
  /** Choice of parts that the bundle is made for: the beginning of a config tree. */
  config: plainRecord,
  weights: z.object({ file: filePath, precision: z.enum(['float16', 'float32']) }),
  graphs: z.record(text, z.object({ file: filePath, program: sha256 })),
  files: z.record(filePath, z.object({ sha256, bytes: z.number().int().nonnegative() })),
  preprocessing: plainRecord,
  labels: z.record(z.string(), z.array(label)),
  conversation: z.looseObject({ order: z.enum(['segment-first', 'reason-first']) }),
  thresholds: z.record(z.string(), z.number()),
  licences: z.array(licence),
  training,
});

/** `manifest.json` of a bundle. */
export type BundleManifest = z.infer<typeof bundleManifestSchema>;

/** What the maker of a bundle states; hashes, graphs and weights are added when it is written. */
export type BundleDescription = Omit<BundleManifest, 'schemaVersion' | 'weights' | 'graphs' | 'files'>;

/**
 * Reads a manifest.
 * @throws BUNDLE_DAMAGED with the path of what is wrong, or where its version is unknown.
 */
export function parseManifest(json: string, where: string): BundleManifest {
  let tree: unknown;
  try {
    tree = JSON.parse(json);
  } catch (cause) {
    throw damagedBundle(`${where} must be JSON`, (cause as Error).message, cause);
  }
  const result = bundleManifestSchema.safeParse(tree);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.join('.') || 'the whole';
  throw damagedBundle(`${where} must be a manifest of version ${bundleSchemaVersion}`, `${path}: ${issue?.message}`);
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
