import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { fakeParts, fakePath, testImage } from '../../test/fake-parts.js';
import type { Candidate, CandidateSelector } from '../contracts/candidates.js';
import type { PipelineEvent } from '../contracts/observer.js';
import type { ReasoningPath } from '../contracts/lvlm.js';
import { maskArea, maskIou } from '../masks/mask-bits.js';
import type { AnswerRequest } from './answer.js';
import { planMasks } from './candidate-plan.js';
import { createPipeline } from './pipeline.js';
import type { PipelineParts } from './parts.js';

const tts = (
  paths: number,
  masks: number,
): { paths: number; masks: number; temperature: number; topP: number; maxTokens: number } => ({
  paths,
  masks,
  temperature: 0.7,
  topP: 1,
  maxTokens: 9,
});
const request: AnswerRequest = { image: testImage, question: 'Is there a lesion?', seed: 1 };
const present = (index: number, segs = 1, word = 'benign'): ReasoningPath =>
  fakePath(index, `The diagnosis is ${word}. It is [SEG].`, segs);
const absent = (index: number): ReasoningPath => fakePath(index, 'No, there is no lesion.', 0, 0.1);
const pipelineOf = (
  answers: readonly ReasoningPath[],
  change: Partial<PipelineParts> = {},
): ReturnType<typeof createPipeline> => createPipeline({ ...fakeParts(answers).parts, ...change });

describe('pipeline', () => {
  it('answers with diagnosis, reasoning, mask in the original frame and confidence', async () => {
    const answer = await pipelineOf([present(0)]).answer(request);
    expect(answer).toMatchObject({ presence: 'present', diagnosis: { id: 'b' }, reasoning: present(0).text, seed: 1 });
    expect(answer.maskBits).toMatchObject({ widthPx: 16, heightPx: 8, frameId: 'image-a' });
    // Column 0 of 4 in the model frame: a quarter of the width.
    expect(maskArea(answer.maskBits as never)).toBe((16 / 4) * 8);
    expect(answer.confidence).toBeCloseTo((0.9 * (1 / (1 + Math.exp(-4)) + 0.5)) / 2, 6);
    expect(answer.findings[0]?.evidence).toMatchObject({ variant: 0, decoderMask: 0 });
  });

  it('makes m x n candidates in few batches; more masks never change the masks before', async () => {
    const { parts, calls } = fakeParts([present(0), present(1), present(2)]);
    const pipeline = createPipeline(parts);
    const nine = (await pipeline.answer({ ...request, tts: tts(3, 3) })).findings[0]?.candidates as Candidate[];
    expect(nine.map((c) => [c.pathIndex, c.maskIndex])).toEqual([0, 1, 2].flatMap((p) => [0, 1, 2].map((m) => [p, m])));
    expect(calls.promptBatches).toEqual([6]);
    const three = (await pipeline.answer({ ...request, tts: tts(3, 1) })).findings[0]?.candidates as Candidate[];
    expect(three.every((c, i) => maskIou(c.maskBits, (nine[i * 3] as Candidate).maskBits) === 1)).toBe(true);
    expect(calls.encodes).toBe(1);
  });

  it('chooses by the scores it lists', async () => {
    const answer = await pipelineOf([present(0)]).answer({ ...request, tts: tts(1, 3) });
    const [finding] = answer.findings;
    expect(finding?.selected).toBe(2);
    expect(finding?.scores).toEqual(finding?.scorerScores[0]);
    expect(finding?.evidence).toMatchObject({ variant: 0, decoderMask: 1 });
    expect(answer.maskBits).toEqual(finding?.candidates[2]?.maskBits);
  });

  it('gives an empty mask and the denying text when the target is absent', async () => {
    const paths = [fakePath(0, 'Yes. It is [SEG].', 1, 0.1), absent(1), absent(2)];
    const answer = await pipelineOf(paths).answer({ ...request, tts: tts(3, 1) });
    expect(answer.presence).toBe('absent');
    expect(maskArea(answer.maskBits as never)).toBe(0);
    expect(answer.reasoning).toMatch(/^No/);
    expect(answer.confidence).toBeCloseTo(0.9, 6);
    expect(answer.findings).toHaveLength(1);
  });

  it('is unsure when the judge says present and no path shows where', async () => {
    const answer = await pipelineOf([fakePath(0, 'Yes.', 0, 0.9)]).answer(request);
    expect([answer.presence, maskArea(answer.maskBits as never), answer.findings[0]?.selected]).toEqual([
      'unsure',
      0,
      null,
    ]);
  });

  it('is unsure when the judge says present and no pixel of the mask does', async () => {
    const pipeline = createPipeline(fakeParts([present(0)]).parts, { maskThreshold: () => 1e6 });
    const answer = await pipeline.answer(request);
    expect(answer.presence).toBe('unsure');
    expect(maskArea(answer.maskBits as never)).toBe(0);
  });

  it('returns one finding a [SEG] and their union', async () => {
    const answer = await pipelineOf([present(0, 2)]).answer(request);
    expect(answer.findings.map(({ maskBits }) => maskArea(maskBits as never))).toEqual([32, 64]);
    expect(maskArea(answer.maskBits as never)).toBe(64);
  });

  it('votes on the diagnosis and reports the reasoning that says so', async () => {
    const paths = [present(0, 1, 'benign'), present(1, 1, 'malignant'), present(2, 1, 'malignant')];
    const answer = await pipelineOf(paths).answer({ ...request, tts: tts(3, 1) });
    expect(answer.diagnosis).toEqual({ id: 'm', name: 'malignant' });
    expect(answer.reasoning).toBe(paths[1]?.text);
  });

  it('emits its events in order', async () => {
    const events: PipelineEvent[] = [];
    await pipelineOf([present(0)]).answer({ ...request, observer: { observe: (event) => events.push(event) } });
    expect(events.map(({ type }) => type)).toEqual([
      'started',
      'encoded',
      'prefilled',
      'token',
      'path',
      'prior',
      'masks',
      'selected',
      'done',
    ]);
  });

  it('gives text and no mask when the wiring can give none, and says why', async () => {
    const { parts } = fakeParts([fakePath(0, 'Yes. The diagnosis is benign.', null)]);
    const lvlm = { ...parts.lvlm, capabilities: { segEmbeddings: false, imageFeatures: null } };
    const pipeline = createPipeline({ ...parts, lvlm });
    const answer = await pipeline.answer(request);
    expect([answer.presence, answer.maskBits, answer.findings[0]?.maskBits]).toEqual(['present', null, null]);
    expect(pipeline.notes.join()).toMatch(/no mask/);
    const regionPrior = { ...parts.regionPrior, capabilities: { needsSegEmbeddings: false } };
    expect((await createPipeline({ ...parts, lvlm, regionPrior }).answer(request)).maskBits).not.toBeNull();
  });
});

describe('pipeline limits', () => {
  it('refuses parts that do not fit, all reasons at once', () => {
    const { parts } = fakeParts([]);
    const sizes = { ...parts.maskDecoder.sizes, embeddingSide: 3, features: ['stride8'] };
    const bad = (): unknown => createPipeline({ ...parts, maskDecoder: { ...parts.maskDecoder, sizes } });
    expect(bad).toThrow(expect.objectContaining({ code: 'WIRING' }));
    expect(bad).toThrow(/image encoder side 2, mask decoder side 3.*'stride8'; there is: stride4/s);
  });

  it('stops at once when aborted, also while the image is encoded', async () => {
    const { parts } = fakeParts([present(0)]);
    const never = { ...parts.imageEncoder, encode: () => new Promise<never>(() => undefined) };
    const controller = new AbortController();
    const answering = createPipeline({ ...parts, imageEncoder: never }).answer({
      ...request,
      signal: controller.signal,
    });
    controller.abort();
    await expect(answering).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(createPipeline(parts).answer({ ...request, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });

  it('encodes again after a failed encoding', async () => {
    const { parts } = fakeParts([present(0)]);
    let fail = true;
    const flaky: PipelineParts['imageEncoder'] = {
      ...parts.imageEncoder,
      encode: async (image, options) => {
        if (fail) throw new Error('out of memory');
        return parts.imageEncoder.encode(image, options);
      },
    };
    const pipeline = createPipeline({ ...parts, imageEncoder: flaky });
    await expect(pipeline.answer(request)).rejects.toThrow('out of memory');
    fail = false;
    expect((await pipeline.answer(request)).presence).toBe('present');
  });

  it('names the part that breaks its contract', async () => {
    const { parts } = fakeParts([present(0)]);
    const decode = parts.maskDecoder.decode;
    const broken = (change: (logits: { data: Float32Array; shape: readonly number[] }) => object): Promise<unknown> => {
      const maskDecoder: PipelineParts['maskDecoder'] = {
        ...parts.maskDecoder,
        decode: async (input, options) => {
          const masks = await decode(input, options);
          return { ...masks, lowResLogits: { ...masks.lowResLogits, ...change(masks.lowResLogits) } };
        },
      };
      return createPipeline({ ...parts, maskDecoder }).answer(request);
    };
    await expect(broken(() => ({ shape: [2, 4, 4] }))).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
    await expect(broken(({ data }) => ({ data: data.map(() => NaN) }))).rejects.toMatchObject({ code: 'NOT_FINITE' });
    const regionPrior: PipelineParts['regionPrior'] = {
      ...parts.regionPrior,
      promptsFor: () => ({
        prompts: { mask: { data: new Float32Array(4), shape: [1, 2, 2] } },
        similarity: null,
        cells: null,
      }),
    };
    await expect(createPipeline({ ...parts, regionPrior }).answer(request)).rejects.toThrow(
      /region prior mask.*batch axis/s,
    );
    const selector: CandidateSelector = { select: () => ({ index: 7, scores: [] }) };
    await expect(createPipeline({ ...parts, selector }).answer(request)).rejects.toMatchObject({
      code: 'PLUGIN_INVALID',
    });
    await expect(createPipeline(parts).answer({ ...request, tts: tts(2, 1) })).rejects.toThrow(/samples 2 paths/);
  });

  it('keeps ground truth out by type', () => {
    type SelectorSees = keyof Parameters<CandidateSelector['select']>[0][number];
    expectTypeOf<SelectorSees>().toEqualTypeOf<
      'pathIndex' | 'maskIndex' | 'maskBits' | 'maskConfidence' | 'predictedIou' | 'pathLogProb' | 'diagnosisId'
    >();
    expectTypeOf<keyof AnswerRequest>().toEqualTypeOf<'image' | 'question' | 'seed' | 'tts' | 'signal' | 'observer'>();
  });
});

describe('plan of masks', () => {
  it('has n different entries, starts with the configured prior, and grows at the end only', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 5 }), (masks, outputs) => {
        const plan = planMasks(masks, outputs);
        expect(new Set(plan.map((p) => `${p.variant},${p.decoderMask}`)).size).toBe(masks);
        expect(plan[0]).toEqual({ variant: 0, decoderMask: 0 });
        expect(planMasks(masks + 1, outputs).slice(0, masks)).toEqual(plan);
        expect(Math.max(...plan.map((p) => p.decoderMask))).toBeLessThan(outputs);
      }),
    );
  });
});
