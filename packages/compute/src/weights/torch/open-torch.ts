import type { ByteSource } from '../byte-source.js';
import type { StoredTensor } from '../reader.js';
import { elementBytes, elementCount, elementsOf, type WeightTensor } from '../tensor-value.js';
import type { TorchContainer } from './container.js';
import { openLegacyContainer } from './legacy-container.js';
import { refuseTorch } from './limits.js';
import type { TorchTensor } from './pickle-values.js';
import { gather, isContiguous, reachOf } from './strided.js';
import { toTensorTree, type TensorTree, type TorchContent } from './tensor-tree.js';
import { openZipContainer } from './zip-container.js';

/** A tensor of a torch file; its bytes follow each other from `begin` to `end` where it is contiguous. */
export interface TorchEntry extends StoredTensor {
  readonly contiguous: boolean;
  readonly begin: number;
  readonly end: number;
}

/** A file of torch.save whose tensors are read one at a time; names, shapes and plain values are in memory. */
export interface TorchWeights {
  readonly format: TorchContainer['format'];
  /** Tensors by path, such as `state_dict/conv.weight`. */
  readonly entries: ReadonlyMap<string, TorchEntry>;
  /** Values beside the tensors. */
  readonly content: TorchContent;
  /** Reads one tensor, row-major whatever its strides are. @throws WEIGHTS_INVALID for a name that is not there */
  read(name: string): Promise<WeightTensor>;
}

/** Storages that several tensors share are read once where they are not larger. */
const sharedBytes = 2 ** 26;

/**
 * Opens what torch.save writes, in its zip form and in the form before version 1.6. It knows tensors, containers and
 * plain values; every other name in the file is refused, and nothing is ever executed.
 * @throws WEIGHTS_INVALID
 */
export async function openTorch(source: ByteSource): Promise<TorchWeights> {
  const start = await source.read(0, Math.min(4, source.size));
  const isZip = start[0] === 0x50 && start[1] === 0x4b && start[2] === 3 && start[3] === 4;
  const container = isZip ? await openZipContainer(source) : await openLegacyContainer(source);
  const { tensors, content } = toTensorTree(container.root, source.size);
  const entries = new Map([...tensors].map(([name, tensor]) => [name, toEntry(tensor, container)] as const));
  const storages = new StorageReader(source, container, tensors);
  const read = async (name: string): Promise<WeightTensor> => {
    const tensor = tensors.get(name);
    if (!tensor) throw refuseTorch(`The file must hold a tensor "${name}"`, `${tensors.size} others`);
    return { data: await storages.read(tensor), shape: tensor.shape, dtype: tensor.storage.dtype };
  };
  return { format: container.format, entries, content, read };
}

function toEntry(tensor: TorchTensor, { places }: TorchContainer): TorchEntry {
  const { storage, shape, offset } = tensor;
  const size = elementBytes(storage.dtype);
  const begin = (places.get(storage.key)?.begin ?? 0) + (storage.begin + offset) * size;
  const end = begin + reachOf(tensor) * size;
  return { dtype: storage.dtype, shape, contiguous: isContiguous(tensor), begin, end };
}

class StorageReader {
  readonly #users = new Map<string, number>();
  #last: { readonly key: string; readonly bytes: Promise<Uint8Array> } | undefined;

  constructor(
    private readonly source: ByteSource,
    private readonly container: TorchContainer,
    tensors: TensorTree['tensors'],
  ) {
    for (const { storage } of tensors.values()) this.#users.set(storage.key, (this.#users.get(storage.key) ?? 0) + 1);
  }

  async read(tensor: TorchTensor): Promise<WeightTensor['data']> {
    const { storage, shape } = tensor;
    const { begin, end } = toEntry(tensor, this.container);
    if (elementCount(shape) === 0) return elementsOf(new Uint8Array(0), storage.dtype);
    const elements = elementsOf(await this.#bytesOf(storage.key, begin, end), storage.dtype);
    return isContiguous(tensor) ? elements : gather(elements, tensor);
  }

  async #bytesOf(key: string, begin: number, end: number): Promise<Uint8Array> {
    const place = this.container.places.get(key);
    if (!place) throw refuseTorch(`The file must hold the storage ${key}`, 'it is not there');
    if ((this.#users.get(key) ?? 0) < 2 || place.end - place.begin > sharedBytes) return this.source.read(begin, end);
    if (this.#last?.key !== key) this.#last = { key, bytes: this.source.read(place.begin, place.end) };
    return (await this.#last.bytes).slice(begin - place.begin, end - place.begin);
  }
}
