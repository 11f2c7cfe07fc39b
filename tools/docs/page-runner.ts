import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { trainRun } from '../../packages/sim4seg/src/cli/train-run.js';
import { runCommand } from '../../packages/sim4seg/test/run-command.js';
import { commandsOf } from './snippets.js';
import type { Snippet } from './snippets.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
/** Node with the packages' sources in place of what was built of them. */
const SOURCE = ['--conditions=sim4seg-source', '--import', join(root, 'node_modules/tsx/dist/esm/index.mjs')];

/** A folder in which the blocks of one page run, one after the other; packages and examples are there. */
export interface PageFolder extends AsyncDisposable {
  readonly folder: string;
  /** Runs a block, or writes the file that it shows; returns what commands printed. */
  take(snippet: Snippet): Promise<string>;
}

export async function openPageFolder(): Promise<PageFolder> {
  const before = process.cwd();
  const folder = await mkdtemp(join(tmpdir(), 'sim4seg-page-'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  // A copy, because a config may only name plugins inside its folder.
  await cp(join(root, 'examples'), join(folder, 'examples'), { recursive: true });
  process.chdir(folder);
  return {
    folder,
    take: (snippet) => takeSnippet(folder, snippet),
    [Symbol.asyncDispose]: async () => {
      process.chdir(before);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function takeSnippet(folder: string, snippet: Snippet): Promise<string> {
  const { language, mark, code, line } = snippet;
  const file = /^(?:run )?file=(\S+)$/.exec(mark)?.[1];
  if (file !== undefined) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), code);
  }
  if (!/^run\b/.test(mark)) return '';
  if (language === 'sh' || language === 'bash') return runLines(folder, code);
  const path = join(folder, file ?? `line-${line}.${language}`);
  await writeFile(path, moduleOf(snippet));
  await import(/* @vite-ignore */ pathToFileURL(path).href);
  return '';
}

/** The block as a module of its own, between what is given and what must hold. */
export const moduleOf = ({ given, code, then }: Snippet): string => `${given}${code}${then}export {};\n`;

async function runLines(folder: string, code: string): Promise<string> {
  let printed = '';
  for (const words of commandsOf(code)) printed += await runWords(folder, words);
  return printed;
}

async function runWords(folder: string, words: readonly string[]): Promise<string> {
  const [program, ...args] = words[0] === 'npx' ? words.slice(1) : words;
  if (program === 'sim4seg') return runProduct(args);
  if (program === 'cd') {
    process.chdir(args[0] ?? folder);
    return '';
  }
  if (program === 'node') return (await run(process.execPath, [...SOURCE, ...args], { cwd: process.cwd() })).stdout;
  throw new Error(`a block that is run has sim4seg, node and cd as commands only, not ${words.join(' ')}`);
}

/** The command in this process, where its modules are loaded already. */
async function runProduct(args: readonly string[]): Promise<string> {
  if (args[0] === 'train') return trainHere(args.slice(1));
  const { code, out, err } = await runCommand(...args);
  if (code !== 0) throw new Error(`sim4seg ${args.join(' ')} ended with ${code}: ${err}`);
  return out;
}

/** What `sim4seg train` does in a process of its own. */
async function trainHere(args: readonly string[]): Promise<string> {
  const text = { type: 'string' } as const;
  const options = { config: text, out: text, resume: { type: 'boolean' }, set: { ...text, multiple: true } } as const;
  const {
    config = '',
    out = './runs/train',
    resume = false,
    set = [],
  } = parseArgs({ args: [...args], options }).values;
  const { sha256 } = await trainRun({ config, out, resume, set }, { observe: () => {}, threaded: false });
  return `final sha256 ${sha256}\n`;
}
