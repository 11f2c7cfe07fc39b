import { z } from 'zod';

/** Cells a side. @source Sim4Seg, official code: 16 */
export const gridCellsOption = z.number().int().min(2).max(256).default(16);

/** Share of the range between the lowest and the highest similarity. @source Sim4Seg, text: tau */
export const tauOption = z.number().gt(0).lt(1).default(0.5);

/** Side of the token grid that the graph form for training is built for; plain code takes any. */
export const tokenSideOption = z.number().int().positive().default(16);

/**
 * What priors of points and boxes hand over as the mask: `undecided` (logit 0 everywhere, as `none` gives it) for parts
 * that were trained with a mask in every prompt, `absent` (SAM's "no mask" embedding) for SAM's own weights.
 */
export const densePromptOption = z.enum(['undecided', 'absent']).default('undecided');
