import type { Config } from '@sim4seg/core';

/** Graphs for more than one row, and for prompts that the chosen wiring may never give, wait for their first use. */
const LATER = /\.(b(4|16)(\.t\d+)?|points|boxes)$/;

/** Graphs that the first answer runs, in the order in which it runs them: loaded while the image is still decoded. */
export function graphsToWarm(graphs: readonly string[], config: Config): string[] {
  const parts = [config.imageEncoder, config.lvlm, config.promptEncoder, config.maskDecoder];
  return parts.flatMap(({ use }) => graphs.filter((graph) => graph.startsWith(`${use}.`) && !LATER.test(graph)));
}
