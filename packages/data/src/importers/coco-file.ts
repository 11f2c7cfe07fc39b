import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { invalidSource } from './listed-dataset.js';

/** Annotations of a million objects fit; what is longer would not fit into one text. */
const MOST_BYTES = 2 ** 28;

const side = z.int().min(1).max(65_535);
const id = z.union([z.int(), z.string()]);
const rle = z.object({ size: z.tuple([side, side]), counts: z.union([z.string(), z.array(z.int().nonnegative())]) });

const cocoImage = z.object({ id, file_name: z.string().min(1), width: side, height: side });
const cocoAnnotation = z.object({
  image_id: id,
  category_id: id,
  /** Polygons as x, y, x, y, ... in pixels; or run lengths. */
  segmentation: z.union([z.array(z.array(z.number()).min(6)), rle]),
});

const cocoSchema = z.object({
  images: z.array(cocoImage),
  categories: z.array(z.object({ id, name: z.string().min(1) })),
  annotations: z.array(cocoAnnotation),
});

export type CocoFile = z.infer<typeof cocoSchema>;
export type CocoImage = z.infer<typeof cocoImage>;
export type CocoSegmentation = z.infer<typeof cocoAnnotation>['segmentation'];

/** Reads annotations in the form of COCO. @throws CASES_INVALID */
export async function readCocoFile(file: string): Promise<CocoFile> {
  const tree = await parse(file).catch((cause: unknown) => {
    throw invalidSource(file, cause instanceof Error ? cause.message : String(cause), cause);
  });
  const parsed = cocoSchema.safeParse(tree);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalidSource(file, `${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'unreadable'}`, parsed.error);
}

async function parse(file: string): Promise<unknown> {
  const { size } = await stat(file);
  if (size > MOST_BYTES) throw new Error(`${size} bytes, the limit is ${MOST_BYTES}`);
  return JSON.parse(await readFile(file, 'utf8')) as unknown;
}
