import {
  Sim4SegError,
  type CaseRecord,
  type Dataset,
  type Importer,
  type Observer,
  type PipelineEvent,
} from '@sim4seg/core';

/** A dataset in memory: cases and the bytes of their files. */
export function fakeDataset(
  name: string,
  cases: readonly CaseRecord[],
  files: Readonly<Record<string, Uint8Array>> = {},
): Dataset {
  return {
    name,
    async *cases() {
      await Promise.resolve();
      yield* cases;
    },
    read(path) {
      const bytes = Object.hasOwn(files, path) ? files[path] : undefined;
      return bytes ? Promise.resolve(bytes) : Promise.reject(noFile(path));
    },
  };
}

/** An importer that opens the same datasets whatever the source. */
export function fakeImporter(datasets: readonly Dataset[]): Importer {
  return { open: () => Promise.resolve(datasets) };
}

/** An observer that keeps every event. */
export function recordingObserver(): Observer & { readonly events: PipelineEvent[] } {
  const events: PipelineEvent[] = [];
  return { events, observe: (event) => void events.push(event) };
}

function noFile(path: string): Sim4SegError {
  const must = `The dataset must hold "${path}"`;
  return new Sim4SegError('CASES_INVALID', { must, got: 'no such file', fix: 'name a file that a case lists' });
}
