import { applyTaps, bilinearTaps } from '@sim4seg/core';
import {
  normaliseSimilarity,
  officialCellMeans,
  officialCells,
  officialMap,
  officialMapOperator,
  officialPromptMask,
  similarityOf,
} from '@sim4seg/rvls2m';
import type { ReferenceTensors } from '@sim4seg/testing';
import type { CaseRunner, Checker } from '../checker.js';

interface Config {
  readonly side: number;
  readonly num_patches: number;
  readonly im_start_id: number;
  readonly official: { readonly grid: number; readonly top_n: number; readonly target_size: number };
  readonly tolerance: {
    readonly atol?: number;
    readonly 'mid.similarity'?: { atol: number; rtol: number };
    readonly others?: { atol: number; rtol: number };
  };
  readonly subcases: Readonly<Record<string, { readonly shape: readonly [number, number] }>>;
}

/** Image tokens float32[T,C] and seg embedding float32[C] of one row of the batch. */
function inputsOf(
  io: ReferenceTensors,
  config: Config,
  row: number,
): { imageTokens: Float32Array; segEmbedding: Float32Array } {
  const { data, shape } = io.floats('in.hidden_states');
  const [, length = 0, channels = 0] = shape;
  const ids = io.ints('in.input_ids').data;
  const isSeg = io.ints('in.seg_token_mask').data;
  const first = ids.indexOf(config.im_start_id) + 1;
  const seg = isSeg.subarray(row * length, (row + 1) * length).indexOf(1);
  const rows = (from: number, count: number): Float32Array =>
    data.slice((row * length + from) * channels, (row * length + from + count) * channels);
  return { imageTokens: rows(first, config.num_patches), segEmbedding: rows(seg, 1) };
}

export const run: CaseRunner = ({ io, config: raw }, check) => {
  const config = raw as unknown as Config;
  for (const [name, { shape }] of Object.entries(config.subcases)) {
    const { imageTokens, segEmbedding } = inputsOf(io, config, Number(name));
    const similarity = similarityOf(imageTokens, segEmbedding);
    const stored = config.tolerance.others ?? check.tolerance;
    closeIfStored(io, check, `${name}/mid.similarity`, similarity, config.tolerance['mid.similarity'] ?? stored);
    const normalised = normaliseSimilarity(similarity);
    closeIfStored(io, check, `${name}/mid.normalised`, normalised, stored);
    const image = { heightPx: shape[0], widthPx: shape[1] };
    checkMaps(io, check, { name, normalised, image, side: config.side, tolerance: stored });
    for (const tensor of io.names.filter((other) => other.startsWith(`${name}/grid`))) {
      checkGrid(io, check, { tensor, normalised, image, tolerance: stored });
    }
    const { grid, top_n: topN } = config.official;
    const chosen = officialCells(officialCellMeans(normalised, image, grid), topN);
    if (io.has(`${name}/out.prompt_mask`))
      check.exact(`${name}/out.prompt_mask`, { data: officialPromptMask(chosen, grid) });
  }
};

interface MapJob {
  readonly name: string;
  readonly normalised: Float32Array;
  readonly image: { readonly heightPx: number; readonly widthPx: number };
  readonly side: number;
  readonly tolerance: { readonly atol: number; readonly rtol: number };
}

function checkMaps(io: ReferenceTensors, check: Checker, { name, normalised, image, side, tolerance }: MapJob): void {
  const tokens = { data: normalised, widthPx: side, heightPx: side };
  const taps = bilinearTaps(side, 336);
  closeIfStored(io, check, `${name}/mid.map336`, applyTaps(tokens, taps, taps).data, tolerance);
  closeIfStored(io, check, `${name}/mid.map`, officialMap(tokens, officialMapOperator(side, image)).data, tolerance);
}

/** `<i>/grid<g>/mid.cell_means` or `<i>/grid<g>/top<k>/<what>`. */
function checkGrid(
  io: ReferenceTensors,
  check: Checker,
  job: Omit<MapJob, 'name' | 'side'> & { readonly tensor: string },
): void {
  const [, part = '', ...rest] = job.tensor.split('/');
  const gridCells = Number(part.slice('grid'.length));
  const means = officialCellMeans(job.normalised, job.image, gridCells);
  if (rest[0] === 'mid.cell_means') return closeIfStored(io, check, job.tensor, means, job.tolerance);
  const chosen = officialCells(means, Number(rest[0]?.slice('top'.length)));
  if (rest[1] === 'out.cells') {
    check.sameRows(
      job.tensor,
      chosen.map((cell) => [Math.floor(cell / gridCells), cell % gridCells]),
    );
  }
  if (rest[1] === 'out.prompt_mask') check.exact(job.tensor, { data: officialPromptMask(chosen, gridCells) });
}

function closeIfStored(
  io: ReferenceTensors,
  check: Checker,
  name: string,
  data: Float32Array,
  tolerance: MapJob['tolerance'],
): void {
  if (io.has(name)) check.close(name, { data }, tolerance);
}
