import { Sim4SegError } from '@sim4seg/core';
import type { ModelCache } from '../session/model-cache.js';
import type { WeightPlaces } from '../weights/places.js';
import type { WeightTensor } from '../weights/tensor-value.js';

/** Browsers have no paths. @throws ENGINE_MISSING */
export function locateWeights(path: string): Promise<WeightPlaces> {
  throw new Sim4SegError('ENGINE_MISSING', {
    must: 'weights are given as values where there is no file system',
    got: `the path ${path}`,
    fix: 'read the file yourself and pass the result of readSafetensors',
  });
}

/** Nothing is stored in files here. */
export function expectFinitePlaces(): Promise<void> {
  return Promise.resolve();
}

/** Nothing is stored in files here. */
export function readRanges(): Promise<Record<string, WeightTensor>> {
  return Promise.resolve({});
}

/** Browsers keep no folder of graphs. */
export function modelCache(): Promise<ModelCache | null> {
  return Promise.resolve(null);
}

/** Packages of other places than the bundle do not exist here. */
export function importOptional(name: string): Promise<unknown> {
  return Promise.reject(new Error(`browsers have no ${name}`));
}
