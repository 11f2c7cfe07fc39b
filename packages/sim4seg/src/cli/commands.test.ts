import { copyFile, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeImage, encodePng, makePhantom } from '@sim4seg/data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../test/run-command.js';
import { testBundle } from '../../test/test-bundle.js';
import { writeUntrainedBundle } from '../../test/untrained-bundle.js';

const QUESTION = 'Is there a breast lesion in this ultrasound? Outline it.';
const STACK = /^\s+at .*[(:]\d+|node:internal/m;

let home = '';
let bundle = '';
let other = '';
const at = (...path: string[]): string => join(home, ...path);
const diagnose = (...args: string[]) => runCommand('diagnose', ...args, '--bundle', bundle);

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sim4seg-commands-'));
  const picture = (index: number) => encodePng(makePhantom('breast-ultrasound', 3, { split: 'val', index }).picture);
  await writeFile(at('one.png'), await picture(0));
  await writeFile(at('two.png'), await picture(1));
  await mkdir(at('several'));
  await copyFile(at('one.png'), at('several/a.png'));
  await copyFile(at('two.png'), at('several/b.png'));
  await writeFile(at('several/c.png'), 'not a picture');
  bundle = await testBundle(home);
  other = at('other-bundle');
  await writeUntrainedBundle(other, undefined, 2);
}, 60_000);
afterAll(() => rm(home, { recursive: true, force: true }));

describe('sim4seg diagnose', () => {
  it('writes its files, twice alike at one seed, and leaves other files alone', async () => {
    await mkdir(at('out'), { recursive: true });
    await writeFile(at('out/mine.txt'), 'stays');
    const first = await diagnose(at('one.png'), '-q', QUESTION, '--out', at('out'), '--seed', '7');
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(first.out).toMatch(/presence .*\nconfidence .*\ntime .*/);
    expect(first.out).toContain('Research use only');
    const files = ['mask.png', 'overlay.png', 'similarity.png', 'result.json', 'mine.txt'];
    expect(await readdir(at('out'))).toEqual(expect.arrayContaining(files));
    const before = await readFile(at('out/mask.png'));
    await diagnose(at('one.png'), '-q', QUESTION, '--out', at('out'), '--seed', '7');
    expect(await readFile(at('out/mask.png'))).toEqual(before);
    const [mask, image] = await Promise.all([decodeImage(before), decodeImage(await readFile(at('one.png')))]);
    expect([mask.widthPx, mask.heightPx]).toEqual([image.widthPx, image.heightPx]);
    expect([...new Set(mask.data)].every((value) => value === 0 || value === 255)).toBe(true);
    const result = JSON.parse(await readFile(at('out/result.json'), 'utf8')) as Record<string, unknown>;
    expect(Object.keys(result).slice(0, 2)).toEqual(['schemaVersion', 'presence']);
    for (const picture of ['mask.png', 'overlay.png', 'similarity.png']) {
      expect((await readFile(at('out', picture))).toString('latin1')).toContain('Research use only');
    }
    expect(JSON.stringify(result)).not.toContain(at('one.png'));
  });

  it('answers a folder, names the bad file, and fails only where nothing was answered', async () => {
    const several = await diagnose(at('several'), '-q', QUESTION, '--out', at('many'), '--json');
    expect(several.code).toBe(0);
    expect(several.err).toMatch(/c\.png.*IMAGE_FORMAT/);
    expect(several.err).toContain('2 of 3 answered, 1 refused');
    expect(
      several.out
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { schemaVersion: number }).schemaVersion),
    ).toEqual([1, 1]);
    expect(await readdir(at('many'))).toEqual(['a', 'b']);
    const none = await diagnose(at('several/c.png'), '-q', QUESTION, '--out', at('none'));
    expect(none.code).toBe(12);
  });

  it.each([
    ['an empty question', ['-q', ''], 'QUESTION_EMPTY'],
    ['a long question', ['-q', 'lesion '.repeat(15_000)], 'QUESTION_TOO_LONG'],
    ['another --tts', ['-q', QUESTION, '--tts', '3'], 'USAGE'],
    ['an unknown key', ['-q', QUESTION, '--set', 'nonsense=1'], 'CONFIG_INVALID'],
    ['a polluting path', ['-q', QUESTION, '--set', '__proto__.polluted=1'], 'CONFIG_INVALID'],
    ['an unknown plugin', ['-q', QUESTION, '--set', 'regionPrior.use=no-such-prior'], 'PLUGIN_MISSING'],
    ['a wrong type', ['-q', QUESTION, '--set', 'regionPrior.gridCells=many'], 'CONFIG_INVALID'],
    ['no question', [], 'USAGE'],
  ])('refuses %s in one paragraph with a code', async (_, args, code) => {
    const { code: exit, err } = await diagnose(at('one.png'), ...args, '--out', at('refused'));
    expect(exit).toBeGreaterThan(0);
    expect(exit).toBeLessThan(100);
    expect(err).toContain(code);
    expect(err).not.toMatch(STACK);
  });

  it.each([
    ['missing.png', null, 'IMAGE_UNREADABLE'],
    ['empty.png', '', 'IMAGE_'],
    ['drawing.png', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', 'IMAGE_FORMAT'],
    ['nothing', undefined, 'FOLDER_EMPTY'],
  ])('refuses the picture %s', async (name, content, code) => {
    if (content === undefined) await mkdir(at(name));
    else if (content !== null) await writeFile(at(name), content);
    const { code: exit, err } = await diagnose(at(name), '-q', QUESTION, '--out', at('refused'));
    expect([exit > 0 && exit < 100, err.includes(code), STACK.test(err)]).toEqual([true, true, false]);
  });

  it('says which file of a bundle is damaged, and shows the stack only with --debug', async () => {
    const damaged = at('damaged');
    await writeUntrainedBundle(damaged);
    await writeFile(join(damaged, 'tokenizer.json'), '{}');
    const args = ['diagnose', at('one.png'), '-q', QUESTION, '--out', at('refused'), '--bundle', damaged];
    const quiet = await runCommand(...args);
    expect([quiet.code, quiet.err.includes('tokenizer.json'), STACK.test(quiet.err)]).toEqual([43, true, false]);
    expect((await runCommand(...args, '--debug')).err).toMatch(STACK);
  });
});

describe('sim4seg replay', () => {
  const replay = (...args: string[]) => runCommand('replay', at('kept'), ...args);
  beforeAll(async () => void (await diagnose(at('one.png'), '-q', QUESTION, '--out', at('kept'), '--tts', '2x2')));

  it('recomputes text and masks, also where stored masks are gone', async () => {
    expect((await replay('--image', at('one.png'))).code).toBe(0);
    await rm(at('kept/mask.png'), { force: true });
    const file = at('kept/result.json');
    const whole = await readFile(file, 'utf8');
    const isMask = (key: string, value: unknown): boolean => /^mask(Rle)?$/.test(key) && typeof value === 'object';
    await writeFile(
      file,
      JSON.stringify(JSON.parse(whole), (key, value: unknown) => (isMask(key, value) ? undefined : value)),
    );
    expect((await replay('--image', at('one.png'))).code).toBe(0);
    await writeFile(file, whole);
  });

  it('refuses another image, another bundle and a changed text', async () => {
    expect((await replay('--image', at('two.png'))).code).toBe(71);
    expect((await replay('--image', at('one.png'), '--bundle', other)).code).toBe(71);
    const file = at('kept/result.json');
    const record = JSON.parse(await readFile(file, 'utf8')) as { reasoning: string };
    await writeFile(file, JSON.stringify({ ...record, reasoning: `${record.reasoning} and more` }));
    const changed = await replay('--image', at('one.png'));
    expect([changed.code, changed.err.includes('reasoning')]).toEqual([71, true]);
    await writeFile(file, '{');
    expect((await replay('--image', at('one.png'))).code).toBe(72);
  });
});

describe('the other commands', () => {
  it('draw phantoms, and evaluate them with and without labels', async () => {
    const args = ['--kind', 'dermoscopy', '--n', '2', '--seed', '5', '--split', 'val', '--out', at('sets/moles')];
    expect((await runCommand('data', 'phantoms', ...args)).code).toBe(0);
    const line = {
      id: 'case0',
      image: 'one.png',
      modality: 'ultrasound',
      anatomy: 'breast',
      target: 'breast lesion',
      split: 'any',
    };
    await mkdir(at('sets/blind'));
    await copyFile(at('one.png'), at('sets/blind/one.png'));
    await writeFile(at('sets/blind/cases.jsonl'), JSON.stringify({ ...line, extra: true }));
    const done = await runCommand(
      'eval',
      '--cases',
      at('sets'),
      '--json',
      at('eval.json'),
      '--save',
      at('saved'),
      '--bundle',
      bundle,
    );
    expect(done).toMatchObject({ code: 0, err: '' });
    const report = JSON.parse(await readFile(at('eval.json'), 'utf8')) as {
      datasets: { name: string; gIoU: unknown }[];
    };
    expect(report.datasets.map(({ name, gIoU }) => [name, gIoU === null])).toEqual([
      ['blind', true],
      ['moles', false],
    ]);
    const predictions = (await readFile(at('saved/predictions.jsonl'), 'utf8')).trim().split('\n');
    expect(JSON.parse(predictions[0] ?? '')).toMatchObject({ dataset: 'blind', id: 'case0' });
    expect(await readdir(at('saved/blind'))).toEqual(['case0.png']);
    const again = ['eval', '--cases', at('sets'), '--save', at('saved'), '--resume'];
    expect(await runCommand(...again, '--bundle', bundle, '--at-once', '2')).toMatchObject({ code: 0, err: '' });
    const another = await runCommand(...again, '--bundle', other);
    expect([another.code, another.err]).toEqual([2, expect.stringContaining('begun with')]);
    const compared = await runCommand('compare', at('saved'), at('saved'));
    expect(compared.out).toMatch(/moles +IoU +\d+ .* 0\.0 \[0\.0, 0\.0\] +no clear difference/);
    expect((await runCommand('compare', at('saved'), at('several'))).code).toBe(2);
  });

  it('refuse cases that leave their folder', async () => {
    await mkdir(at('escape'));
    const line = { id: '../../x', image: '../one.png', modality: 'm', anatomy: 'a', target: 't', split: 's' };
    await writeFile(at('escape/cases.jsonl'), JSON.stringify(line));
    const { code, err } = await runCommand('eval', '--cases', at('escape'), '--save', at('saved2'), '--bundle', bundle);
    expect([code > 0 && code < 100, STACK.test(err)]).toEqual([true, false]);
  });

  it('list plugins and look at the computer', async () => {
    const list = await runCommand('plugins', 'list');
    expect(list.out).toMatch(/region-prior +topCells +shipped +gridCells/);
    const doctor = JSON.parse((await runCommand('doctor', '--bundle', bundle, '--json')).out) as { bundle: string };
    expect(doctor.bundle).toContain('every file intact');
    const without = await runCommand('doctor', '--bundle', at('nowhere'));
    expect([without.code, without.out.includes('BUNDLE_MISSING')]).toEqual([0, true]);
  });

  it('refuse kinds and splits of phantoms that do not exist', async () => {
    for (const wrong of [
      ['--kind', 'x'],
      ['--split', 'test'],
      ['--n', 'many'],
    ]) {
      expect((await runCommand('data', 'phantoms', '--out', at('x'), ...wrong)).code).toBe(2);
    }
  });
});
