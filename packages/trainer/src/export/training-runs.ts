import { z } from 'zod';

const runSchema = z.object({
  /** Absent in bundles of before runs counted their own data. */
  sets: z.array(z.object({ name: z.string(), images: z.number() })).optional(),
  training: z.object({
    phases: z.array(
      z.object({
        name: z.string(),
        steps: z.number(),
        images: z.number(),
        lr: z.number(),
        train: z.array(z.string()),
      }),
    ),
  }),
});

const continuedSchema = z.object({ first: z.unknown(), then: z.unknown() });

/** One run of the trainer, as the manifest of its bundle tells it. */
export type TrainingRun = z.infer<typeof runSchema>;

/**
 * The runs that a bundle went through, first to last, from the manifest's `training.config`: a run, or `first` and
 * `then` where training went on from a bundle. What is neither is left out.
 */
export function trainingRuns(config: unknown): TrainingRun[] {
  const continued = continuedSchema.safeParse(config);
  if (continued.success) return [continued.data.first, continued.data.then].flatMap(trainingRuns);
  const run = runSchema.safeParse(config);
  return run.success ? [run.data] : [];
}
