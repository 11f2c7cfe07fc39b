import { Sim4SegError } from '@sim4seg/core';

/** Bounds of what the pickle of a torch file may ask for; a state dict of 10,000 tensors needs about 3 MB of it. */
export const torchLimits = {
  pickleBytes: 2 ** 26,
  opcodes: 20_000_000,
  memo: 2_000_000,
  stack: 2_000_000,
  textBytes: 2 ** 20,
  digits: 400,
  depth: 64,
  values: 1_000_000,
  axes: 64,
  /** Elements of a tensor that repeats stored elements (a stride of zero). */
  repeatedElements: 2 ** 24,
} as const;

/** Tensor bytes that a file may stand for: shared and repeated storages make them more than the file has. */
export function tensorBytesLimit(fileBytes: number): number {
  return 64 * fileBytes + 2 ** 28;
}

/** The error of a torch file that is damaged, or asks for more than tensors. */
export function refuseTorch(must: string, got: string, cause?: unknown): Sim4SegError {
  return new Sim4SegError('WEIGHTS_INVALID', {
    must,
    got,
    fix: 'save plain tensors: torch.save(model.state_dict(), path), or write a safetensors file',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** @throws WEIGHTS_INVALID where a bound is exceeded */
export function expectWithin(what: keyof typeof torchLimits, amount: number): void {
  if (amount <= torchLimits[what]) return;
  throw refuseTorch(`A torch file stays within ${torchLimits[what]} ${what}`, `${amount} or more`);
}
