// Breaks places of the product one at a time; the named tests must fail for each.
// `node tools/teeth.mjs [n ...]` runs all of them or the numbered ones; nothing stays changed. `--check` only looks
// whether every place still stands where it is expected.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** [what breaks, file, text that stands there once, text instead, vitest filter] */
const breaks = [
  [
    'the row of [SEG] is shifted by one',
    'packages/backbones/src/tiny/pack.ts',
    'from + seg - 1',
    'from + seg',
    'packages/backbones/src/tiny',
  ],
  [
    'weight decay is dropped',
    'packages/compute/src/train/adamw.ts',
    'keepParam: decays ?',
    'keepParam: false ?',
    'packages/compute/src/train',
  ],
  [
    'gradients are not clipped',
    'packages/compute/src/train/clip.ts',
    "'Min', wanted, scalarValue(graph, 1)",
    "'Max', wanted, scalarValue(graph, 1)",
    'packages/compute/src/train',
  ],
  [
    'RLE runs row by row',
    'packages/core/src/masks/rle.ts',
    '(k % heightPx) * widthPx + Math.floor(k / heightPx)',
    'k',
    'packages/core/src/masks',
  ],
  [
    'the atomic rename is left out',
    'packages/compute/src/node/write-atomic.ts',
    'await rename(temporary, path);',
    '',
    'packages/compute/src/node',
  ],
  [
    'an empty pair of masks counts 0',
    'packages/core/src/metrics/segmentation.ts',
    'return union === 0 ? 1 : counts.truePositive',
    'return union === 0 ? 0 : counts.truePositive',
    'packages/core/src/metrics',
  ],
  [
    'the best cell is left out',
    'packages/rvls2m/src/select-cells.ts',
    'const target = n - 1;',
    'const target = n;',
    'packages/rvls2m/src',
  ],
  [
    'the medoid is the loneliest mask',
    'packages/tts/src/consensus.ts',
    'const iou = maskIou(a, b);',
    'const iou = 1 - maskIou(a, b);',
    'packages/tts/src',
  ],
  [
    'paths share their chance',
    'packages/backbones/src/generation/sample-paths.ts',
    'seeds.fork(`path-${index}`)',
    "seeds.fork('path')",
    'packages/backbones/src/tiny',
  ],
  [
    'rotary positions run too fast',
    'packages/backbones/src/llama/rotary.ts',
    'ropeTables(positions, {',
    'ropeTables(positions, { positionScale: 1.1,',
    'packages/backbones/src/llama',
  ],
  [
    'paths may leave their folder',
    'packages/data/src/safe-path.ts',
    'hasParentStep(path) || ',
    '',
    'packages/data/src',
  ],
  [
    'a damaged checkpoint is taken',
    'packages/trainer/src/checkpoints/checkpoint-store.ts',
    'if (checkpointSha256(checkpoint) !== about.sha256)',
    'if (false)',
    'packages/trainer/src/checkpoints',
  ],
  [
    'parts are disposed in the order of making',
    'packages/core/src/plugins/disposal.ts',
    'made.reverse()',
    'made',
    'packages/core/src/plugins',
  ],
  [
    'a damaged bundle is taken',
    'packages/compute/src/bundle/bundle-folder.ts',
    'if (found.sha256 !== sha256)',
    'if (false)',
    'packages/compute/src/bundle',
  ],
  [
    'phantoms of train and val meet',
    'packages/data/src/phantoms/make-phantom.ts',
    "split === 'val' ? 1 : 0",
    '0',
    'packages/data/src/phantoms',
  ],
  [
    'image bombs are decoded',
    'packages/data/src/picture-format.ts',
    'widthPx * heightPx > limits.maxPixels',
    'false',
    'packages/data/src',
  ],
  [
    'the longest side is cut instead of rounded',
    'packages/core/src/geometry/model-frame.ts',
    'Math.trunc(length * scale + 0.5)',
    'Math.trunc(length * scale)',
    'packages/core/src/geometry',
  ],
  [
    'the trainer takes val cases',
    'packages/trainer/src/samples/load-frames.ts',
    "if (found.record.split !== 'train') otherSplits",
    "if (found.record.split === 'other') otherSplits",
    'packages/trainer/src',
  ],
  [
    'the first block of the two-way transformer keeps a residual',
    'packages/decoders/src/two-way/two-way-block.ts',
    'first ? self : ops.add(tokens, self)',
    'ops.add(tokens, self)',
    'tools/parity',
  ],
  [
    'the mask path normalises over rows',
    'packages/decoders/src/prompt-encoder/mask-prompt.ts',
    "normalisation === 'rows' ? normOverRows : normOverChannels",
    "normalisation === 'rows' ? normOverChannels : normOverRows",
    'tools/parity',
  ],
  [
    'safetensors that overlap or leave gaps are read',
    'packages/compute/src/weights/header.ts',
    'if (begin !== reached)',
    'if (false)',
    'packages/compute/src/weights/safetensors.test.ts',
  ],
  [
    'safetensors that are cut off are read',
    'packages/compute/src/weights/header.ts',
    'if (reached !== fileBytes)',
    'if (false)',
    'packages/compute/src/weights/safetensors.test.ts',
  ],
  [
    'a name may occur twice in a weights file',
    'packages/compute/src/weights/header-json.ts',
    'if (keys.has(name))',
    'if (false)',
    'packages/compute/src/weights/safetensors.test.ts',
  ],
  [
    'a pickle may name anything',
    'packages/compute/src/weights/torch/pickle-machine.ts',
    'if (!this.#world.isKnown(full))',
    'if (false)',
    'packages/compute/src/weights/torch',
  ],
  [
    'half floats round up at every tie',
    'packages/compute/src/weights/half.ts',
    '(kept & 1) === 1',
    'true',
    'packages/compute/src/weights/half.test.ts',
  ],
  [
    'NaN in weights is taken',
    'packages/compute/src/program/param-source.ts',
    'if (options.finite !== false) expectFinite(name, value);',
    '',
    'packages/compute/src/program/weights-of-programs.test.ts',
  ],
  [
    'a damaged entry of the cache is taken',
    'packages/compute/src/cache/sealed-file.ts',
    'if (bytes.subarray(model.byteLength).equals(seal(sha256Of(model))))',
    'if (model.byteLength > 0)',
    'packages/compute/src/cache/disk-cache.test.ts',
  ],
  [
    'a provider is skipped in silence',
    'packages/compute/src/session/open-native.ts',
    'announceSkipped(announce, { provider, next, got });',
    '',
    'packages/compute/src/session/providers.test.ts',
  ],
  [
    'constants of one size are baked in',
    'packages/compute/src/trace/symbols/generalise.ts',
    'if (constantMoved(recorded))',
    'if (false)',
    'packages/compute/src/trace/symbols',
  ],
  [
    'accumulated gradients are a sum',
    'packages/compute/src/train/step-graph.ts',
    'scalarValue(graph, 1 / accumulate)',
    'scalarValue(graph, 1)',
    'packages/compute/src/train/accumulate.test.ts',
  ],
  [
    'a step with NaN moves the state',
    'packages/compute/src/train/adamw.ts',
    '[finite, x, constant(kept)]',
    '[finite, x, x]',
    'packages/compute/src/train/accumulate.test.ts',
  ],
  [
    'zero points of 4-bit blocks are ignored',
    'packages/compute/src/ops/linear-int4.ts',
    'zeros ? offsets() : scalarValue(graph, MIDDLE)',
    'scalarValue(graph, MIDDLE)',
    'packages/compute/src/ops/linear-int4.test.ts',
  ],
  [
    'compiled causal attention sees one key too many',
    'packages/compute/src/ops/attention-bias.ts',
    "scalarValue(graph, 1, 'int64')",
    "scalarValue(graph, 2, 'int64')",
    'packages/compute/src/ops/fused.test.ts',
  ],
  [
    'adapters forget their rank',
    'packages/compute/src/lora/merge.ts',
    '(sign * alpha) / rank',
    'sign * alpha',
    'packages/compute/src/lora',
  ],
  [
    'an abort of one caller ends what another waits for',
    'packages/sim4seg/src/sdk/shared-work.ts',
    'if (waiting === 0 && !isDone)',
    'if (!isDone)',
    'packages/sim4seg/src/sdk/shared-lvlm.test.ts',
  ],
  [
    'any number of calls may wait',
    'packages/sim4seg/src/sdk/calls.ts',
    'turns: maxAtOnce, maxWaiting }',
    'turns: maxAtOnce, maxWaiting: Infinity }',
    'packages/sim4seg/src/sdk/calls.test.ts',
  ],
  [
    'problems behind the first are not told',
    'packages/core/src/plugins/join-problems.ts',
    'if (more.length === 0) return first;',
    'if (more.length >= 0) return first;',
    'packages/core/src/plugins',
  ],
  [
    'the last odd word of a mask is counted with what was there before',
    'packages/core/src/masks/pair-counts.ts',
    'if (words % 2 === 1)',
    'if (words < 0)',
    'packages/core/src/masks',
  ],
  [
    'run lengths of COCO run along rows',
    'packages/data/src/importers/coco-mask.ts',
    '(k % height) * width + Math.floor(k / height)',
    'k',
    'packages/data/src/importers',
  ],
  [
    'conformance suites overlook timers and files that stay open',
    'packages/testing/src/conform/leaks.ts',
    'if (kind === undefined) return null;',
    'return null;',
    'packages/testing/src/conform',
  ],
];

const vitest = (filter) =>
  spawnSync(join(root, 'node_modules/.bin/vitest'), ['run', filter], { cwd: root, encoding: 'utf8' }).status === 0;

/** Whether the tests notice; the file is restored whatever happens. */
const noticed = ([, file, from, to, filter]) => {
  const path = join(root, file);
  const text = readFileSync(path, 'utf8');
  try {
    writeFileSync(
      path,
      text.replace(from, () => to),
    );
    return !vitest(filter);
  } finally {
    writeFileSync(path, text);
  }
};

const stale = breaks.filter(([, file, from]) => readFileSync(join(root, file), 'utf8').split(from).length !== 2);
for (const [, file, from] of stale) console.error(`${file} does not hold once: ${from}`);
if (stale.length > 0 || process.argv[2] === '--check') process.exit(stale.length > 0 ? 1 : 0);

const wanted = process.argv.slice(2).map(Number);
let blunt = 0;
breaks.forEach((change, i) => {
  if (wanted.length && !wanted.includes(i + 1)) return;
  const sharp = noticed(change);
  blunt += sharp ? 0 : 1;
  console.log(`${sharp ? 'noticed' : 'NOT NOTICED'} ${i + 1}: ${change[0]}`);
});
console.log(blunt ? `${blunt} breaks went unnoticed` : 'every break was noticed');
process.exit(blunt ? 1 : 0);
