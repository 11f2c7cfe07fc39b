import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeMask, encodePng, readImage } from '@sim4seg/data';
import { fakeImage } from '@sim4seg/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TINY_SAM, segOrEndHead, tensorsOf, torchCheckpoint, writeClip, writeLisa } from '../../test/checkpoints.js';
import { runCommand } from '../../test/run-command.js';
import { createSim4Seg } from '../sdk/create-sim4seg.js';
import { createPromptedSegmenter } from '../sdk/prompted-segmenter.js';

const [widthPx, heightPx] = [90, 60];
let root: string;
const at = (...names: string[]) => join(root, ...names);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sim4seg-answers-'));
  const { data } = fakeImage({ widthPx, heightPx });
  await writeFile(at('image.png'), await encodePng({ data: data as Uint8Array, widthPx, heightPx, channels: 3 }));
});
afterAll(() => rm(root, { recursive: true }));

describe('a converted LISA', () => {
  it('is whole, and answers by its own config with text and a mask', async () => {
    await writeLisa(at('lisa'), segOrEndHead());
    await writeClip(at('clip'));
    const converted = await runCommand('convert', at('lisa'), '--with', at('clip'), '--out', at('bundle'));
    expect(converted).toMatchObject({ code: 0 });
    expect(await runCommand('bundle', 'verify', at('bundle'))).toMatchObject({ code: 0, err: '' });
    const args = ['--bundle', at('bundle'), '--out', at('answer'), '--set', 'tts.maxTokens=3', '--debug'];
    expect(await runCommand('diagnose', at('image.png'), '-q', 'ab', ...args)).toMatchObject({ code: 0, err: '' });
    const record = JSON.parse(await readFile(at('answer', 'result.json'), 'utf8'));
    const [{ similarity, cells, candidates }] = record.findings;
    expect(record).toMatchObject({ presence: 'present', reasoning: expect.stringContaining('[SEG]') });
    // The map is that of the LVLM's 2 x 2 image tokens.
    expect([similarity.rows, similarity.columns, new Set(similarity.values).size]).toEqual([2, 2, 3]);
    expect([cells.chosen.length, candidates.length]).toEqual([36, 1]);
    const { regionPriors } = JSON.parse(await readFile(at('answer', 'debug.json'), 'utf8'));
    expect(regionPriors[0]).toMatchObject({ failures: [], prompts: ['mask'], variant: 0, decoderMask: 0 });
    expect(regionPriors[0].normalisedSimilarity.flat().sort()).toEqual([0, 1]);
    const plugins = record.run.plugins.map(({ id }: { id: string }) => id);
    const sam = ['sam-image-encoder', 'sam-prompt-encoder', 'sam-decoder'];
    expect(plugins.slice(0, 5)).toEqual(['llava-seg', 'topCells', ...sam]);
    const mask = await decodeMask(await readFile(at('answer', 'mask.png')));
    expect([mask.widthPx, mask.heightPx, mask.maskBits.some(Boolean)]).toEqual([widthPx, heightPx, true]);
  });

  it('answers about pictures of one pixel and of strange shape, and refuses what it says that it refuses', async () => {
    await using sim4seg = await createSim4Seg({ bundle: at('bundle'), tts: { maxTokens: 2 } });
    for (const [width, height] of [
      [1, 1],
      [30_000, 2],
    ] as const) {
      const image = { ...fakeImage({ widthPx: width, heightPx: height }), sha256: `${width}`.padStart(64, '0') };
      const { maskBits } = await sim4seg.diagnose({ image, question: 'ab' }).result();
      expect(maskBits).toMatchObject({ widthPx: width, heightPx: height });
    }
    const [bundle, out] = [
      ['--bundle', at('bundle')],
      ['--out', at('refused')],
    ] as const;
    const data = new Uint8Array(3);
    await writeFile(at('pixel.png'), await encodePng({ data, widthPx: 1, heightPx: 1, channels: 3 }));
    const refusals = [
      await runCommand('diagnose', at('pixel.png'), '-q', 'ab', ...bundle, ...out),
      await runCommand(
        'diagnose',
        at('image.png'),
        '-q',
        'ab '.repeat(300),
        ...bundle,
        ...out,
        '--set',
        'lvlm.contextTokens=64',
      ),
    ];
    expect(refusals.map(({ err }) => /sim4seg: (\w+):/.exec(err)?.[1])).toEqual([
      'IMAGE_TOO_SMALL',
      'QUESTION_TOO_LONG',
    ]);
  });
});

describe('a converted SAM', () => {
  it('has no LVLM to ask, which is said, and gives masks of boxes and points', async () => {
    await writeFile(at('medsam_vit_t.pth'), torchCheckpoint(tensorsOf(TINY_SAM, 'sam')));
    expect(await runCommand('convert', at('medsam_vit_t.pth'), '--out', at('medsam'))).toMatchObject({ code: 0 });
    const args = ['--bundle', at('medsam'), '--out', at('none')];
    const { err } = await runCommand('diagnose', at('image.png'), '-q', 'ab', ...args);
    expect(err).toMatch(/WIRING: The bundle holds the LVLM.*createPromptedSegmenter/);
    const image = await readImage(at('image.png'));
    await using segmenter = await createPromptedSegmenter({ bundle: at('medsam') });
    const boxPx = [10, 10, 50, 40] as const;
    const byBox = await segmenter.segment(image, { boxPx });
    const both = await segmenter.segment(image, { boxPx, points: [{ xPx: 30, yPx: 20, inside: true }] });
    expect([byBox.length, byBox[0]!.maskBits]).toMatchObject([4, { widthPx, heightPx, frameId: image.sha256 }]);
    expect(both[0]!.predictedIou).not.toBe(byBox[0]!.predictedIou);
    await expect(segmenter.segment(image, {})).rejects.toMatchObject({ code: 'USAGE' });
  });
});
