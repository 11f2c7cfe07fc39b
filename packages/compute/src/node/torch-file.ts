import { isSim4SegError, Sim4SegError } from '@sim4seg/core';
import type { WeightsReader } from '../weights/reader.js';
import { openTorch, type TorchWeights } from '../weights/torch/open-torch.js';
import type { TorchContent } from '../weights/torch/tensor-tree.js';
import { openByteFile } from './byte-file.js';

/** A `.pth`, `.pt` or `.bin` file of torch.save; tensors are read one at a time. */
export interface TorchFile extends TorchWeights, WeightsReader {
  readonly format: TorchWeights['format'];
  readonly entries: TorchWeights['entries'];
  /** Plain values at the top of the file, as text. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Opens a file of torch.save, in its zip form or the older one. Only tensors, containers and plain values are known;
 * every other name in it is refused and nothing is executed.
 * @throws WEIGHTS_INVALID where it is absent, damaged or asks for more
 */
export async function openTorchFile(path: string): Promise<TorchFile> {
  const file = await openByteFile(path);
  const close = () => file.close();
  try {
    const torch = await openTorch(file);
    return { ...torch, path: file.path, metadata: toMetadata(torch.content), close, [Symbol.asyncDispose]: close };
  } catch (cause) {
    await close();
    throw namePath(file.path, cause);
  }
}

function toMetadata(content: TorchContent): Record<string, string> {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return {};
  const plain = Object.entries(content).filter(([, value]) => typeof value !== 'object');
  return Object.fromEntries(plain.map(([key, value]) => [key, String(value)] as const));
}

function namePath(path: string, cause: unknown): unknown {
  if (!isSim4SegError(cause)) return cause;
  return new Sim4SegError(cause.code, { must: cause.must, got: `${cause.got} in ${path}`, fix: cause.fix, cause });
}
