import type { ElementType, WeightTensor } from './tensor-value.js';

/** How weights are built: one or several safetensors files, a file of torch.save in its two forms, or several. */
export type WeightsFormat = 'safetensors' | 'safetensors-sharded' | 'torch-zip' | 'torch-legacy' | 'torch-sharded';

/** What is known of a stored tensor before its elements are read. */
export interface StoredTensor {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
}

/** Weights on disk, read tensor by tensor; only names, types and shapes are in memory. */
export interface WeightsReader extends AsyncDisposable {
  readonly format: WeightsFormat;
  readonly path: string;
  readonly entries: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Reads one tensor. @throws WEIGHTS_INVALID for a name that is not there or bytes that are missing. */
  read(name: string): Promise<WeightTensor>;
  close(): Promise<void>;
}
