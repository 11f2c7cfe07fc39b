import { PEFT_PREFIX } from './adapters.js';

const FILED = /^(?:base_model\.model\.)?(.*?)\.?(lora_[AB])(?:\.[^.]+)?\.weight$/;
const HELD = /^(?:(.*)\.)?(lora_[AB])\.([^.]+)\.weight$/;

/** Tensors of a PEFT adapter file under the parameter names of adapter `adapter`; other tensors are left out. */
export function fromPeft<T>(tensors: Readonly<Record<string, T>>, adapter: string): Record<string, T> {
  const entries = Object.entries(tensors).flatMap(([key, value]) => {
    const found = FILED.exec(key);
    if (!found) return [];
    const [, layer, matrix] = found as unknown as [string, string, string];
    return [[`${layer === '' ? '' : `${layer}.`}${matrix}.${adapter}.weight`, value] as const];
  });
  return Object.fromEntries(entries);
}

/** The matrices of one adapter under the keys that PEFT's adapter files have. */
export function toPeft<T>(params: Readonly<Record<string, T>>, adapter: string): Record<string, T> {
  const entries = Object.entries(params).flatMap(([name, value]) => {
    const [, layer, matrix, held] = HELD.exec(name) ?? [];
    if (held !== adapter) return [];
    return [[`${PEFT_PREFIX}${layer ? `${layer}.` : ''}${matrix}.weight`, value] as const];
  });
  return Object.fromEntries(entries);
}
