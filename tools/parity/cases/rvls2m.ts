import type { ReferenceTensors, Tolerance } from '@sim4seg/testing';
import {
  normaliseSimilarity,
  officialCellMeans,
  officialCells,
  officialMap,
  officialMapOperator,
  officialPromptMask,
  similarityOf,
} from '@sim4seg/rvls2m';
import type { CaseRunner, Checker } from '../checker.js';

interface Official {
  readonly grid: number;
  readonly top_n: number;
  readonly prompt_mask: number;
}

interface Settings {
  readonly official: Official;
  readonly num_patches: number;
  readonly im_start_id: number;
  readonly side: number;
  readonly subcases: Readonly<Record<string, { readonly shape: readonly [number, number] }>>;
  readonly tolerance: Tolerance & { readonly 'mid.similarity'?: Tolerance; readonly others?: Tolerance };
}

/** Image tokens and the [SEG] row of one conversation, cut out of the expanded hidden states. */
function rowsOf(io: ReferenceTensors, row: number, { num_patches: patches, im_start_id: start }: Settings) {
  const hidden = io.floats('in.hidden_states');
  const [, length = 0, channels = 0] = hidden.shape;
  const own = hidden.data.subarray(row * length * channels, (row + 1) * length * channels);
  const ids = io.ints('in.input_ids');
  const width = ids.shape[1] ?? 0;
  const first = ids.data.subarray(row * width, (row + 1) * width).indexOf(start) + 1;
  const segRow = io
    .ints('in.seg_token_mask')
    .data.subarray(row * length, (row + 1) * length)
    .indexOf(1);
  return {
    imageTokens: own.slice(first * channels, (first + patches) * channels),
    segEmbedding: own.slice(segRow * channels, (segRow + 1) * channels),
  };
}

function checkMap(check: Checker, name: string, normalised: Float32Array, context: MapContext): void {
  if (!context.io.has(`${name}/mid.map`)) return;
  const { side, size, tolerance } = context;
  const map = officialMap({ data: normalised, widthPx: side, heightPx: side }, officialMapOperator(side, size));
  check.close(`${name}/mid.map`, map, tolerance);
}

interface MapContext {
  readonly io: ReferenceTensors;
  readonly side: number;
  readonly size: { readonly widthPx: number; readonly heightPx: number };
  readonly tolerance: Tolerance;
}

/** Every grid and count of one sub-case, as its tensors name them. */
function checkGrids(
  check: Checker,
  name: string,
  normalised: Float32Array,
  context: MapContext,
  official: Official,
): void {
  const { io, size, tolerance } = context;
  const grids = new Set(io.names.flatMap((tensor) => new RegExp(`^${name}/grid(\\d+)/`).exec(tensor)?.[1] ?? []));
  for (const grid of [...grids].map(Number)) {
    const means = officialCellMeans(normalised, size, grid);
    const folder = `${name}/grid${grid}`;
    check.close(`${folder}/mid.cell_means`, { data: means, shape: [grid, grid] }, tolerance);
    const counts = io.names.flatMap((tensor) => new RegExp(`^${folder}/top(\\d+)/out.cells$`).exec(tensor)?.[1] ?? []);
    for (const count of counts.map(Number)) {
      const chosen = officialCells(means, count);
      check.sameRows(
        `${folder}/top${count}/out.cells`,
        chosen.map((cell) => [Math.floor(cell / grid), cell % grid]),
      );
      const mask = `${folder}/top${count}/out.prompt_mask`;
      if (io.has(mask)) check.exact(mask, { data: officialPromptMask(chosen, grid, official.prompt_mask) });
    }
  }
}

export const run: CaseRunner = ({ io, config }, check) => {
  const settings = config as unknown as Settings;
  const { tolerance, official, side } = settings;
  const others = tolerance.others ?? tolerance;
  for (const [name, { shape }] of Object.entries(settings.subcases)) {
    const [heightPx, widthPx] = shape;
    const { imageTokens, segEmbedding } = rowsOf(io, Number(name), settings);
    const similarity = similarityOf(imageTokens, segEmbedding);
    const normalised = normaliseSimilarity(similarity);
    const context = { io, side, size: { widthPx, heightPx }, tolerance: others };
    check.close(`${name}/mid.similarity`, { data: similarity }, tolerance['mid.similarity'] ?? others);
    check.close(`${name}/mid.normalised`, { data: normalised }, others);
    checkMap(check, name, normalised, context);
    checkGrids(check, name, normalised, context, official);
    const chosen = officialCells(officialCellMeans(normalised, context.size, official.grid), official.top_n);
    const mask = { data: officialPromptMask(chosen, official.grid, official.prompt_mask) };
    check.exact(`${name}/out.prompt_mask`, mask);
  }
};
