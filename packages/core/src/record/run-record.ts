import { z } from 'zod';

/** Version of `result.json` that is written; older ones stay readable, newer ones are refused. */
export const RUN_RECORD_VERSION = 1;

const presence = z.enum(['present', 'absent', 'unsure']);
const hash = z.string().regex(/^[0-9a-f]{64}$/, 'sha256 as 64 hex digits');
const options = z.record(z.string(), z.unknown());
const mask = z
  .object({ size: z.tuple([z.number().int(), z.number().int()]), counts: z.string() })
  .nullable()
  .optional();

const candidate = z.object({
  path: z.number().int(),
  mask: z.number().int(),
  predictedIou: z.number(),
  maskConfidence: z.number(),
  pathLogProb: z.number(),
  diagnosisId: z.string().nullable(),
  /** What the selector gave it; the selected candidate has the highest. */
  score: z.number(),
  /** One number a configured scorer, in the order of the config. */
  scorers: z.array(z.number()),
  /** COCO run lengths in the original frame. */
  maskRle: mask,
});

const finding = z.object({
  presence,
  diagnosis: z.string(),
  diagnosisId: z.string().nullable(),
  reasoning: z.string(),
  confidence: z.number(),
  /** COCO run lengths in the original frame; null where the wiring can give no mask. */
  mask,
  selected: z.number().int().nullable(),
  similarity: z.object({ rows: z.number().int(), columns: z.number().int(), values: z.array(z.number()) }).nullable(),
  cells: z
    .object({
      gridCells: z.number().int(),
      chosen: z.array(z.number().int()),
      /** Absent in older records, whose priors laid their grids over the model frame. */
      over: z.enum(['frame', 'content']).default('frame'),
    })
    .nullable(),
  candidates: z.array(candidate),
});

const path = z.object({
  text: z.string(),
  tokenIds: z.array(z.number().int()),
  finish: z.enum(['stop', 'length']),
  diagnosis: z.string(),
  logProb: z.number(),
  presentProb: z.number().nullable(),
  segCount: z.number().int().nullable(),
});

const run = z.object({
  question: z.string(),
  input: z.object({ name: z.string(), sha256: hash, widthPx: z.number().int(), heightPx: z.number().int() }),
  bundle: z.object({ name: z.string(), version: z.string(), sha256: hash }),
  plugins: z.array(
    z.object({
      part: z.string(),
      id: z.string(),
      contractVersion: z.string(),
      version: z.string().nullable(),
      options,
    }),
  ),
  config: options,
  seed: z.number().int(),
  tts: z.object({
    paths: z.number(),
    masks: z.number(),
    temperature: z.number(),
    topP: z.number(),
    maxTokens: z.number(),
  }),
  versions: z.record(z.string(), z.string()),
  timings: z.record(z.string(), z.number()),
  paths: z.array(path),
  notes: z.array(z.string()),
});

/** `result.json`: the answer and the record of the run that made it. */
export const runRecordSchema = z.object({
  schemaVersion: z.literal(RUN_RECORD_VERSION),
  presence,
  /** Name of the label, or 'unparsed'. */
  diagnosis: z.string(),
  reasoning: z.string(),
  confidence: z.number(),
  findings: z.array(finding).min(1),
  /** Research software: says so in every export. */
  notice: z.string().min(1),
  run,
});

/** `result.json`: the answer and the record of the run that made it. */
export type RunRecord = z.infer<typeof runRecordSchema>;
