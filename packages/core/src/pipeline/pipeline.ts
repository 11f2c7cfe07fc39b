import { CONFIG_DEFAULTS } from '../config/defaults.js';
import type { ModelFrame } from '../contracts/image.js';
import type { PresenceEvidence } from '../contracts/presence.js';
import { maskUnion } from '../masks/mask-bits.js';
import type { Answer, AnswerRequest, Finding } from './answer.js';
import { askPart } from './ask-part.js';
import { planMasks } from './candidate-plan.js';
import { decodeRows } from './decode-rows.js';
import type { DecodedRow } from './decode-rows.js';
import { createFeatureCache } from './feature-cache.js';
import { makeCandidates } from './make-candidates.js';
import type { TracedCandidate } from './make-candidates.js';
import { makeFinding } from './make-findings.js';
import { expectPartsFit } from './parts-fit.js';
import type { PipelineParts } from './parts.js';
import { readImage } from './read-image.js';
import type { ImageReading } from './read-image.js';
import { regionPrompts } from './region-prompts.js';
import { startRun } from './run.js';
import type { PipelineContext, PipelineSettings, Run } from './run.js';
import { samplePaths } from './sample-paths.js';
import type { SampledPath } from './sample-paths.js';

/** Answers questions about images; serves inference, validation and the demo alike. */
export interface Pipeline {
  /** Sentences about what the chosen parts cannot do. */
  readonly notes: readonly string[];
  /**
   * @throws ABORTED when the request's signal aborts; SHAPE_MISMATCH, NOT_FINITE, PLUGIN_INVALID when a part breaks its
   * contract; what the parts themselves throw
   */
  answer(request: AnswerRequest): Promise<Answer>;
}

const DEFAULT_SETTINGS: PipelineSettings = {
  tts: CONFIG_DEFAULTS.tts,
  decodeBatch: 16,
  cachedImages: 4,
  maskThreshold: () => 0,
  now: () => performance.now(),
};

/**
 * A pipeline of parts that fit.
 * @throws WIRING when neighbours disagree on sizes or capabilities
 */
export function createPipeline(parts: PipelineParts, settings: Partial<PipelineSettings> = {}): Pipeline {
  const fit = expectPartsFit(parts);
  const resolved = { ...DEFAULT_SETTINGS, ...settings };
  const features = createFeatureCache(parts.imageEncoder, resolved.cachedImages);
  const context: PipelineContext = { parts, fit, settings: resolved, features };
  return { notes: fit.notes, answer: (request) => answerQuestion(startRun(request, context)) };
}

/** The figure of the paper, with m paths, n masks a path, and K [SEG] a path. */
async function answerQuestion(run: Run): Promise<Answer> {
  const start = run.settings.now();
  run.emit({ type: 'started', imageSha256: run.request.image.sha256 });
  const reading = await readImage(run); // tokens [1, T, D]; image features [1, D, h, w]
  const { paths, sampleMs } = await samplePaths(run, reading.prefix); // m texts; seg embeddings [K, D]
  const { findings, presentProb, maskMs } = await segment(run, reading, paths); // m x n masks [H, W], one chosen
  const totalMs = run.settings.now() - start;
  run.emit({ type: 'done', ms: totalMs });
  const [asked] = findings as [Finding, ...Finding[]];
  const masks = findings.flatMap(({ maskBits }) => maskBits ?? []);
  return {
    presence: asked.presence,
    presentProb,
    diagnosis: asked.diagnosis,
    reasoning: asked.reasoning,
    confidence: asked.confidence,
    findings,
    maskBits: masks.length > 0 ? maskUnion(masks) : null,
    paths: paths.map(({ report }) => report),
    frame: reading.features.frame,
    seed: run.request.seed,
    tts: run.tts,
    timings: { encodeMs: reading.encodeMs, prefillMs: reading.prefillMs, sampleMs, maskMs, totalMs },
    notes: run.fit.notes,
  };
}

async function segment(
  run: Run,
  { features, prefix }: ImageReading,
  paths: readonly SampledPath[],
): Promise<{ findings: Finding[]; presentProb: number; maskMs: number }> {
  const { frame } = features;
  const plan = planMasks(run.tts.masks, run.parts.maskDecoder.sizes.masksPerPrompt);
  const variants = Math.max(...plan.map(({ variant }) => variant)) + 1;
  const prompts = regionPrompts(run, { prefix, paths, frame, variants }); // m x K x variants
  const decoded = await run.timed(() => decodeRows(run, features, prompts)); // logits [M, s, s] a row
  const rows = decoded.value;
  const evidence = paths.map((path) => evidenceOf(path, rows, prefix.frame ?? frame));
  const verdict = askPart(run.parts, 'presence', () => run.parts.presenceJudge.judge(evidence));
  const reports = paths.map(({ report }) => report);
  const targets = verdict.presence === 'absent' ? 1 : targetCount(paths);
  const made = await run.timed(async () => {
    const all: TracedCandidate[][] = [];
    for (let seg = 0; seg < targets; seg++) all.push(await makeCandidates(run, { seg, rows, paths, plan, frame }));
    return all;
  });
  const maskMs = decoded.ms + made.ms;
  run.emit({ type: 'masks', count: made.value.flat().length, ms: maskMs });
  const findings = made.value.map((traced, index) => makeFinding(run, { index, traced, paths: reports, verdict }));
  return { findings, presentProb: verdict.presentProb, maskMs };
}

/** How many targets the answer names: what most paths with a [SEG] say, the smaller number at a tie; at least 1. */
function targetCount(paths: readonly SampledPath[]): number {
  const votes = new Map<number, number>();
  for (const { report } of paths) {
    if (report.segCount) votes.set(report.segCount, (votes.get(report.segCount) ?? 0) + 1);
  }
  const [most] = [...votes].sort(([countA, a], [countB, b]) => b - a || countA - countB);
  return most?.[0] ?? 1;
}

/** What a presence judge may see of a path: its text and the first [SEG] under the configured prior. */
function evidenceOf({ report }: SampledPath, rows: readonly DecodedRow[], frame: ModelFrame): PresenceEvidence {
  const row = rows.find(({ path, seg, variant }) => path === report.index && seg === 0 && variant === 0);
  return {
    text: report.text,
    segCount: report.segCount,
    presentProb: report.presentProb,
    presenceLogit: row?.presenceLogit ?? null,
    similarity: row?.prior.similarity ?? null,
    frame,
  };
}
