import { CONFIG_DEFAULTS, createPipeline, maskArea, type PipelineParts } from '@sim4seg/core';
import { defineProgram, float32Value, ops, type Tensor } from '@sim4seg/compute';
import { describe, expect, it } from 'vitest';
import { eagerBundle } from './eager-bundle.js';
import { fakePresenceJudge, fakeScorer, fakeSelector } from './fake-choice.js';
import { fakeDataset, fakeImporter, recordingObserver } from './fake-data.js';
import { fakeLvlm } from './fake-lvlm.js';
import { fakeImageEncoder, fakeMaskDecoder, fakePromptEncoder, fakeRegionPrior } from './fake-segmenter.js';
import { fakeImage } from './small-world.js';

const parts = (answers: Parameters<typeof fakeLvlm>[0]): PipelineParts => ({
  lvlm: fakeLvlm(answers),
  regionPrior: fakeRegionPrior(),
  imageEncoder: fakeImageEncoder(),
  promptEncoder: fakePromptEncoder(),
  maskDecoder: fakeMaskDecoder(),
  presenceJudge: fakePresenceJudge(),
  scorers: [fakeScorer()],
  selector: fakeSelector(),
  observers: [],
  labels: { lesion: [{ id: 'nevus', name: 'nevus', synonyms: [] }] },
});

const ask = { image: fakeImage(), question: 'Is there a lesion?', seed: 1 };

describe('fakes', () => {
  it('make a pipeline that answers with text and a mask', async () => {
    const observer = recordingObserver();
    const pipeline = createPipeline(parts([{ text: 'Yes, it is [SEG]. The diagnosis is nevus.', segCount: 1 }]));
    const answer = await pipeline.answer({ ...ask, observer, tts: { ...CONFIG_DEFAULTS.tts, paths: 2, masks: 2 } });
    expect(answer.presence).toBe('present');
    expect(answer.reasoning).toContain('nevus');
    expect(maskArea(answer.maskBits!)).toBeGreaterThan(0);
    expect(observer.events.map(({ type }) => type)).toEqual(expect.arrayContaining(['started', 'token', 'done']));
  });

  it('say that nothing is there where no answer has a [SEG]', async () => {
    const answer = await createPipeline(parts([{ text: 'No, there is none.', segCount: 0 }])).answer(ask);
    expect(answer.presence).toBe('absent');
  });

  it('obey an aborted signal', async () => {
    const pipeline = createPipeline(parts([{ text: 'Yes, it is [SEG].', segCount: 1 }]));
    await expect(pipeline.answer({ ...ask, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('hold datasets in memory', async () => {
    const record = { id: 'a', image: 'a.png', modality: 'm', anatomy: 'a', target: 't', split: 'train' };
    const dataset = fakeDataset('toy', [record], { 'a.png': Uint8Array.of(1) });
    const [opened] = await fakeImporter([dataset]).open('anywhere');
    const found = [];
    for await (const line of opened!.cases()) found.push(line);
    expect(found).toEqual([record]);
    expect(await dataset.read('a.png')).toEqual(Uint8Array.of(1));
    await expect(dataset.read('b.png')).rejects.toMatchObject({ code: 'CASES_INVALID' });
  });

  it('run programs as the graphs of a bundle', async () => {
    const program = defineProgram({
      name: 'double',
      params: { w: [1] },
      inputs: { x: ['n'] },
      outputs: { y: ['n'] },
      run: (p, { x }) => ({ y: ops.mul(x as Tensor, p['w'] as Tensor) }),
    });
    const params = { w: float32Value(Float32Array.of(2), [1]) };
    const bundle = eagerBundle({ graphs: { 'toy.double': { program, params } }, texts: { 'a.txt': 'text' } });
    const { y } = await bundle.graphs.run('toy.double', { x: float32Value(Float32Array.of(1, 2), [2]) });
    expect([...y!.data]).toEqual([2, 4]);
    expect(bundle.text('a.txt')).toBe('text');
    expect(() => bundle.text('b.txt')).toThrow('b.txt');
    await expect(bundle.graphs.run('toy.other', {})).rejects.toMatchObject({ code: 'BUNDLE_MISSING' });
  });
});
