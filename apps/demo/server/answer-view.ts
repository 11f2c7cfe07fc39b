import type { Diagnosis, Finding } from 'sim4seg';
import type { AnswerView, CandidateView, EvidenceView, FindingView } from './api-types.js';

/** An answer as the page shows it; masks are fetched by their own addresses below `base`. */
export function toAnswerView(diagnosis: Diagnosis, { base, selector }: { base: string; selector: string }): AnswerView {
  const { presence, reasoning, confidence, maskBits, answer } = diagnosis;
  return {
    presence,
    diagnosis: named(diagnosis.diagnosis),
    reasoning,
    confidence,
    selector,
    maskUrl: maskBits ? `${base}/mask.png` : null,
    findings: diagnosis.findings.map((finding) => toFindingView(diagnosis, finding, base)),
    ms: answer.timings.totalMs,
  };
}

const named = (diagnosis: string): string | null => (diagnosis === 'unparsed' ? null : diagnosis);

function toFindingView({ answer, record }: Diagnosis, finding: Finding, base: string): FindingView {
  const { index, presence, confidence, maskBits } = finding;
  const scorers = record.run.plugins.filter(({ part }) => part.startsWith('scorers.')).map(({ id }) => id);
  return {
    presence,
    diagnosis: named(record.findings[index]?.diagnosis ?? 'unparsed'),
    confidence,
    maskUrl: maskBits ? `${base}/finding-${index}.png` : null,
    candidates: finding.candidates.map((_, k) => toCandidateView(finding, { k, scorers, base })),
    evidence: toEvidenceView(finding, answer.frame),
  };
}

function toCandidateView(
  { index, candidates, scores, scorerScores, selected }: Finding,
  { k, scorers, base }: { k: number; scorers: readonly string[]; base: string },
): CandidateView {
  const candidate = candidates[k] as Finding['candidates'][number];
  const byScorer = scorers.map((id, row) => [id, scorerScores[row]?.[k] ?? 0] as const);
  return {
    path: candidate.pathIndex,
    mask: candidate.maskIndex,
    chosen: k === selected,
    scores: { selection: scores[k] ?? 0, ...Object.fromEntries(byScorer) },
    diagnosis: candidate.diagnosisId,
    maskUrl: `${base}/candidate-${index}-${k}.png`,
  };
}

function toEvidenceView({ evidence }: Finding, frame: Diagnosis['answer']['frame']): EvidenceView | null {
  if (!evidence) return null;
  const [rows = 0, columns = 0] = evidence.similarity?.shape ?? [];
  return {
    similarity: evidence.similarity ? { rows, columns, values: [...evidence.similarity.data] } : null,
    cells: evidence.cells ? { over: 'frame', ...evidence.cells } : null,
    contentWidth: frame.contentWidthPx / frame.sidePx,
    contentHeight: frame.contentHeightPx / frame.sidePx,
  };
}
