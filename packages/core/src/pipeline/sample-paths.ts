import type { LvlmPrefix, ReasoningPath } from '../contracts/lvlm.js';
import { Sim4SegError } from '../errors.js';
import { expectFinite, expectShape } from '../shape.js';
import { parseDiagnosis } from '../text/parse-diagnosis.js';
import type { PathReport } from './answer.js';
import { askPart, askPartLater } from './ask-part.js';
import type { Run } from './run.js';

/** A sampled path with what its text says. */
export interface SampledPath {
  readonly report: PathReport;
  /** One row float32[D] a [SEG]; null where the LVLM gives none. */
  readonly segEmbeddings: readonly Float32Array[] | null;
}

/** Samples the m reasoning paths, batched over the shared prefix. */
export async function samplePaths(run: Run, prefix: LvlmPrefix): Promise<{ paths: SampledPath[]; sampleMs: number }> {
  const { paths, temperature, topP, maxTokens } = run.tts;
  const sampled = await run.timed(() =>
    askPartLater(run.parts, 'lvlm', () =>
      run.parts.lvlm.sample(prefix, {
        paths,
        seed: run.request.seed,
        temperature,
        topP,
        maxTokens,
        signal: run.signal,
        onToken: (token) => run.emit({ type: 'token', ...token }),
      }),
    ),
  );
  const results = askPart(run.parts, 'lvlm', () => {
    expectPathCount(sampled.value.length, paths);
    return sampled.value.map((path) => toSampledPath(run, path));
  });
  for (const { report } of results) {
    run.emit({ type: 'path', path: report.index, text: report.text, segCount: report.segCount ?? 0 });
  }
  return { paths: results, sampleMs: sampled.ms };
}

function toSampledPath({ parts }: Run, path: ReasoningPath): SampledPath {
  const segEmbeddings =
    path.segEmbeddings === null ? null : splitRows(path.segEmbeddings, parts.lvlm.sizes.projectedDim);
  const logProbs = path.tokenLogProbs;
  const report: PathReport = {
    index: path.index,
    text: path.text,
    tokenIds: path.tokenIds,
    finish: path.finish,
    diagnosis: parseDiagnosis(path.text, parts.labels),
    pathLogProb: logProbs.length > 0 ? logProbs.reduce((sum, value) => sum + value, 0) / logProbs.length : 0,
    presentProb: path.presentProb,
    segCount: segEmbeddings === null ? null : segEmbeddings.length,
  };
  return { report, segEmbeddings };
}

function splitRows(matrix: { data: Float32Array; shape: readonly number[] }, dim: number): Float32Array[] {
  const { rows = 0 } = expectShape('seg embeddings', matrix, ['rows', dim]);
  expectFinite('seg embeddings', matrix.data);
  return Array.from({ length: rows }, (_, i) => matrix.data.subarray(i * dim, (i + 1) * dim));
}

function expectPathCount(got: number, wanted: number): void {
  if (got === wanted) return;
  throw new Sim4SegError('PLUGIN_INVALID', {
    must: `The LVLM samples ${wanted} paths`,
    got: `${got}`,
    fix: 'report this to the author of the LVLM plugin',
  });
}
