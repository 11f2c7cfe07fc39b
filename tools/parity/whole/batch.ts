import { IMAGE_TOKEN_INDEX, planMerge } from '@sim4seg/backbones';
import type { MergePlan } from '@sim4seg/backbones';
import { float32Value, int32Value } from '@sim4seg/compute';
import type { TensorValue } from '@sim4seg/compute';
import type { ReferenceTensors } from '@sim4seg/testing';
import { rowsOf } from '../llama/batch.js';
import type { Values } from '../engines.js';
import type { WholeConfig } from './settings.js';

/** Conversations of a case as programs take them. */
export interface WholeBatch {
  readonly plan: MergePlan;
  readonly rows: number;
  /** First and last image row of each conversation in the merged text, end exclusive. */
  readonly imageRows: readonly (readonly [from: number, to: number])[];
  /** Place in the merged text of the row that predicts [SEG], by conversation. */
  readonly segRows: readonly number[];
  /** Image of each conversation. */
  readonly imageOf: readonly number[];
}

export interface BatchOptions {
  /** Conversations that are taken; all, if left out. */
  readonly only?: readonly number[];
  /** Cuts padding that is common to all rows. */
  readonly unpadded?: boolean;
}

/** Merges the ids of a case with its image slots. */
export function batchOf(io: ReferenceTensors, config: WholeConfig, { only, unpadded }: BatchOptions = {}): WholeBatch {
  const offset = [...io.ints('in.offset').data];
  const ids = matrix(io, 'in.input_ids');
  const [labels, mask] = [matrix(io, 'in.labels'), matrix(io, 'in.attention_masks')];
  const chosen = only ?? ids.map((_, row) => row);
  const imageOf = chosen.map((row) => offset.findIndex((from, i) => from <= row && row < (offset[i + 1] ?? 0)));
  const longest = Math.max(...chosen.map((row) => mask[row]!.reduce((sum, real) => sum + real, 0)));
  const cut = (row: readonly number[]): readonly number[] => (unpadded ? row.slice(0, longest) : row);
  const batch = {
    ids: chosen.map((row) => cut(ids[row]!)),
    labels: chosen.map((row) => cut(labels[row]!)),
    attentionMask: chosen.map((row) => cut(mask[row]!).map((real) => real === 1)),
  };
  const sizes = {
    vocabularySize: config.llama['vocab_size']!,
    patches: config.num_patches,
    imageOfSlot: imageOf,
    images: offset.length - 1,
  };
  return {
    plan: planMerge(batch, sizes),
    rows: chosen.length,
    imageRows: batch.ids.map((row) => imageSpan(row, config.num_patches)),
    segRows: batch.ids.map((row) => segRow(row, config)),
    imageOf,
  };
}

const imageSpan = (ids: readonly number[], patches: number): readonly [number, number] => {
  const from = ids.indexOf(IMAGE_TOKEN_INDEX);
  return [from, from + patches];
};

/** One before [SEG], behind the image. */
export const segRow = (ids: readonly number[], { tokens, num_patches: patches }: WholeConfig): number =>
  ids.indexOf(tokens.seg) + patches - 2;

/** Inputs of the LLaVA program. */
export function textInputs({ plan, rows }: WholeBatch, imageRows: TensorValue): Values {
  const shape = [rows, plan.length];
  return {
    imageRows,
    sources: int32Value(plan.sources, shape),
    mask: int32Value(Int32Array.from(plan.attentionMask), shape),
  };
}

/** Next-token labels of the merged text, and 1 where they count: int32 and float32[rows,length-1]. */
export function nextLabels({ plan, rows }: WholeBatch): {
  readonly labels: TensorValue;
  readonly counted: TensorValue;
} {
  const next = rowsOf(plan.labels ?? [], plan.length).flatMap((row) => row.slice(1));
  const shape = [rows, plan.length - 1];
  return {
    labels: int32Value(
      Int32Array.from(next, (label) => Math.max(0, label)),
      shape,
    ),
    counted: float32Value(
      Float32Array.from(next, (label) => Number(label >= 0)),
      shape,
    ),
  };
}

function matrix(io: ReferenceTensors, name: string): number[][] {
  const { data, shape } = io.ints(name);
  return rowsOf(data, shape[1] ?? 0);
}
