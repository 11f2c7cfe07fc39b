import type { ErrorCode } from '@sim4seg/core';
import type { EngineAnnouncement } from '../session/announcement.js';
import type { Provider } from '../session/providers.js';
import type { OrtSessionOptions } from '../session/session-options.js';
import type { ElementArray } from '../weights/tensor-value.js';

/** A value that a graph takes or gives; `dtype` as ONNX Runtime names it. */
export interface GraphTensor {
  readonly data: ElementArray;
  readonly shape: readonly number[];
  readonly dtype: string;
}

export type GraphTensors = Readonly<Record<string, GraphTensor>>;

/** Name, type and dims of a graph's input or output; a dim with a name is free. */
export interface GraphValueInfo {
  readonly name: string;
  readonly dtype: string;
  readonly dims: readonly (number | string)[];
}

export interface GraphInfo {
  readonly inputs: readonly GraphValueInfo[];
  readonly outputs: readonly GraphValueInfo[];
}

/** What a session is made of. */
export interface GraphSource {
  /** An `.onnx` file, or its bytes. */
  readonly model: string | Uint8Array;
  /** Folder of the files that external initializers name; the folder of the `.onnx` file if left out. */
  readonly weightsFolder?: string | undefined;
}

/** Settings of a session as plain data. */
export type LoadOptions = Omit<OrtSessionOptions, 'onAnnounce' | 'externalFolder'>;

/** A session of a host. */
export interface LoadedGraph {
  readonly session: number;
  readonly info: GraphInfo;
  readonly provider: Provider;
  /** What the host did otherwise than asked. */
  readonly announcements: readonly EngineAnnouncement[];
}

export type HostRequest =
  | { readonly type: 'load'; readonly source: GraphSource; readonly options: LoadOptions }
  | {
      readonly type: 'run';
      readonly session: number;
      readonly feeds: GraphTensors;
      readonly fetches: readonly string[];
    }
  | { readonly type: 'release'; readonly session: number }
  | { readonly type: 'close' };

export type HostReply =
  | ({ readonly type: 'loaded' } & LoadedGraph)
  | {
      readonly type: 'outputs';
      readonly outputs: GraphTensors;
      /** Buffers of the inputs, on their way back to be filled again. */
      readonly returned: readonly ArrayBuffer[];
    }
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly failure: HostFailure };

/** An error as plain data, because class instances do not survive the way between threads. */
export interface HostFailure {
  readonly code: ErrorCode;
  readonly must: string;
  readonly got: string;
  readonly fix: string;
}
