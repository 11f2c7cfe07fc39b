import type { Presence, PresenceVerdict } from '../contracts/presence.js';
import type { Selection } from '../contracts/candidates.js';
import { Sim4SegError } from '../errors.js';
import { emptyMask, maskArea } from '../masks/mask-bits.js';
import type { MaskBits } from '../masks/mask-bits.js';
import type { ParsedDiagnosis } from '../text/parse-diagnosis.js';
import { voteDiagnosis } from '../text/vote-diagnosis.js';
import type { Finding, FindingEvidence, PathReport } from './answer.js';
import type { TracedCandidate } from './make-candidates.js';
import { askPart } from './ask-part.js';
import type { Run } from './run.js';

/** What a finding is made of. */
export interface FindingSource {
  readonly index: number;
  readonly traced: readonly TracedCandidate[];
  readonly paths: readonly PathReport[];
  readonly verdict: PresenceVerdict;
}

/** Chooses a candidate without ground truth and says what the paths agree on. */
export function makeFinding(run: Run, { index, traced, paths, verdict }: FindingSource): Finding {
  const { selection, scorerScores } = select(run, traced);
  const chosen = selection ? traced[selection.index] : undefined;
  const presence = presenceOf(run, verdict, chosen);
  const diagnosis = voteDiagnosis(agreeing(paths, presence));
  const reasoning = reasoningPath(paths, { presence, diagnosis, selected: chosen?.candidate.pathIndex ?? null });
  if (selection) run.emit({ type: 'selected', finding: index, candidate: selection.index });
  return {
    index,
    presence,
    diagnosis,
    reasoning: reasoning?.text ?? '',
    maskBits: maskOf(run, presence, chosen),
    confidence: findingConfidence(presence, verdict.presentProb, chosen),
    selected: selection?.index ?? null,
    candidates: traced.map(({ candidate }) => candidate),
    scores: selection?.scores ?? [],
    scorerScores,
    evidence: chosen ? evidenceOf(chosen) : null,
  };
}

function select(
  run: Run,
  traced: readonly TracedCandidate[],
): { selection: Selection | null; scorerScores: number[][] } {
  const candidates = traced.map(({ candidate }) => candidate);
  if (candidates.length === 0) return { selection: null, scorerScores: [] };
  const scorerScores = askPart(run.parts, 'scorers', () =>
    run.parts.scorers.map((scorer) => [...scorer.score(candidates)]),
  );
  const selection = askPart(run.parts, 'selector', () => {
    const made = run.parts.selector.select(candidates, scorerScores);
    expectSelection(made, candidates.length);
    return made;
  });
  return { selection, scorerScores };
}

function expectSelection({ index, scores }: Selection, count: number): void {
  if (Number.isInteger(index) && index >= 0 && index < count && scores.length === count) return;
  throw new Sim4SegError('PLUGIN_INVALID', {
    must: `The selector chooses one of ${count} candidates and gives each a score`,
    got: `candidate ${index}, ${scores.length} scores`,
    fix: 'report this to the author of the selector plugin',
  });
}

/** "Present" without any mask to show for it is not sure. */
function presenceOf(run: Run, verdict: PresenceVerdict, chosen: TracedCandidate | undefined): Presence {
  const hasNothingToShow = run.fit.givesMasks && (!chosen || maskArea(chosen.candidate.maskBits) === 0);
  return verdict.presence === 'present' && hasNothingToShow ? 'unsure' : verdict.presence;
}

function maskOf(run: Run, presence: Presence, chosen: TracedCandidate | undefined): MaskBits | null {
  if (!run.fit.givesMasks) return null;
  const { widthPx, heightPx, sha256 } = run.request.image;
  if (presence === 'absent' || !chosen) return emptyMask({ widthPx, heightPx, frameId: sha256 });
  return chosen.candidate.maskBits;
}

/** Paths whose text agrees with the verdict; all of them where none does. */
function agreeing(paths: readonly PathReport[], presence: Presence): readonly PathReport[] {
  const agrees = ({ segCount }: PathReport): boolean =>
    segCount === null || presence === 'unsure' || segCount > 0 === (presence === 'present');
  const those = paths.filter(agrees);
  return those.length > 0 ? those : paths;
}

/** The chosen candidate's path where it says what was voted, else the most probable path that does. */
function reasoningPath(
  paths: readonly PathReport[],
  { presence, diagnosis, selected }: { presence: Presence; diagnosis: ParsedDiagnosis; selected: number | null },
): PathReport | undefined {
  const idOf = (parsed: ParsedDiagnosis): string => (parsed === 'unparsed' ? parsed : parsed.id);
  const pool = agreeing(paths, presence);
  const same = pool.filter((path) => idOf(path.diagnosis) === idOf(diagnosis));
  const ranked = [...(same.length > 0 ? same : pool)].sort((a, b) => b.pathLogProb - a.pathLogProb);
  return ranked.find((path) => path.index === selected) ?? ranked[0];
}

/**
 * How far to trust a finding, 0..1. Present: probability of presence times the mean of mask confidence and predicted
 * IoU (cut to 0..1). Absent: probability of absence. Unsure: half of that of the likelier side.
 */
function findingConfidence(presence: Presence, presentProb: number, chosen: TracedCandidate | undefined): number {
  if (presence === 'absent') return 1 - presentProb;
  if (presence === 'unsure') return Math.max(presentProb, 1 - presentProb) / 2;
  if (!chosen) return presentProb;
  const predictedIou = Math.min(1, Math.max(0, chosen.candidate.predictedIou));
  return (presentProb * (chosen.candidate.maskConfidence + predictedIou)) / 2;
}

function evidenceOf({ row, planned }: TracedCandidate): FindingEvidence {
  const { similarity, cells, prompts } = row.prior;
  return { similarity, cells, prompts, variant: planned.variant, decoderMask: planned.decoderMask };
}
