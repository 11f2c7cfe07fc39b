import type { Config } from '../config/config.js';
import type { ChosenCells } from '../contracts/region-prior.js';
import { encodeRle } from '../masks/rle.js';
import type { Answer, Finding } from '../pipeline/answer.js';
import type { ResolvedPart } from '../plugins/part-choice.js';
import type { ParsedDiagnosis } from '../text/parse-diagnosis.js';
import { RUN_RECORD_VERSION } from './run-record.js';
import type { RunRecord } from './run-record.js';

/** What a record says beside the answer. */
export interface RunCircumstances {
  readonly question: string;
  readonly input: RunRecord['run']['input'];
  readonly bundle: RunRecord['run']['bundle'];
  readonly parts: readonly ResolvedPart[];
  /** Version of the package that a plugin id came from, where known. */
  readonly pluginVersions: Readonly<Record<string, string>>;
  readonly config: Config;
  readonly versions: Readonly<Record<string, string>>;
  readonly notice: string;
}

/** The run record of an answer, ready for JSON; the keys stand in the documented order. */
export function toRunRecord(answer: Answer, circumstances: RunCircumstances): RunRecord {
  return {
    schemaVersion: RUN_RECORD_VERSION,
    presence: answer.presence,
    diagnosis: diagnosisName(answer.diagnosis),
    reasoning: answer.reasoning,
    confidence: answer.confidence,
    findings: answer.findings.map(toFindingRecord),
    notice: circumstances.notice,
    run: toRun(answer, circumstances),
  };
}

/** Name of a diagnosis as records and people see it. */
export function diagnosisName(diagnosis: ParsedDiagnosis): string {
  return diagnosis === 'unparsed' ? diagnosis : diagnosis.name;
}

function diagnosisId(diagnosis: ParsedDiagnosis): string | null {
  return diagnosis === 'unparsed' ? null : diagnosis.id;
}

function toRun(answer: Answer, about: RunCircumstances): RunRecord['run'] {
  return {
    question: about.question,
    input: about.input,
    bundle: about.bundle,
    plugins: about.parts.map(({ path, plugin, options }) => ({
      part: path,
      id: plugin.id,
      contractVersion: plugin.contractVersion,
      version: about.pluginVersions[plugin.id] ?? null,
      options: { ...(options as object) },
    })),
    config: { ...about.config },
    seed: answer.seed,
    tts: { ...answer.tts },
    versions: { ...about.versions },
    timings: { ...answer.timings },
    paths: answer.paths.map((path) => ({
      text: path.text,
      tokenIds: [...path.tokenIds],
      finish: path.finish,
      diagnosis: diagnosisName(path.diagnosis),
      logProb: path.pathLogProb,
      presentProb: path.presentProb,
      segCount: path.segCount,
    })),
    notes: [...answer.notes],
  };
}

function toFindingRecord(finding: Finding): RunRecord['findings'][number] {
  const { evidence } = finding;
  const [rows = 0, columns = 0] = evidence?.similarity?.shape ?? [];
  return {
    presence: finding.presence,
    diagnosis: diagnosisName(finding.diagnosis),
    diagnosisId: diagnosisId(finding.diagnosis),
    reasoning: finding.reasoning,
    confidence: finding.confidence,
    mask: toRle(finding.maskBits),
    selected: finding.selected,
    similarity: evidence?.similarity ? { rows, columns, values: [...evidence.similarity.data] } : null,
    cells: evidence?.cells ? toCellsRecord(evidence.cells) : null,
    candidates: finding.candidates.map((candidate, i) => ({
      path: candidate.pathIndex,
      mask: candidate.maskIndex,
      predictedIou: candidate.predictedIou,
      maskConfidence: candidate.maskConfidence,
      pathLogProb: candidate.pathLogProb,
      diagnosisId: candidate.diagnosisId,
      score: finding.scores[i] ?? 0,
      scorers: finding.scorerScores.map((row) => row[i] ?? 0),
      maskRle: toRle(candidate.maskBits),
    })),
  };
}

function toRle(maskBits: Finding['maskBits']): { size: [number, number]; counts: string } | null {
  if (!maskBits) return null;
  const { size, counts } = encodeRle(maskBits);
  return { size: [...size], counts };
}

type CellsRecord = NonNullable<RunRecord['findings'][number]['cells']>;

function toCellsRecord({ gridCells, chosen, over = 'frame' }: ChosenCells): CellsRecord {
  return { gridCells, chosen: [...chosen], over };
}
