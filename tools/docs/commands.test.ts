import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../packages/sim4seg/test/run-command.js';
import { PAGES, readPage, root } from './pages.js';
import { commandsOf, snippetsOf } from './snippets.js';

/** Commands of a page, run or not: those of blocks for the shell, and those that stand in a line. */
function commandsIn(page: string): string[][] {
  const blocks = snippetsOf(page).filter(({ language }) => /^(sh|bash)$/.test(language));
  const prose = page.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/`\n?([^`]+)`/g, (_, code: string) => {
    return `\u0000${code.replaceAll('\n', ' ')}\u0000`;
  });
  const lines = [...prose.matchAll(/\u0000((?:npx )?sim4seg [a-z][^\u0000]*|npm run [^\u0000]*)\u0000/g)];
  const words = [
    ...blocks.flatMap(({ code }) => commandsOf(code)),
    ...lines.flatMap(([, code]) => commandsOf(code ?? '')),
  ];
  return words.map((command) => (command[0] === 'npx' ? command.slice(1) : command));
}

const helps = new Map<string, Promise<string>>();
const helpOf = (...path: string[]): Promise<string> => {
  const key = path.join(' ');
  const known = helps.get(key) ?? runCommand(...path, '--help').then(({ out }) => out);
  helps.set(key, known);
  return known;
};

/** What is wrong with a command as a page writes it, or null. */
async function fault([, ...args]: readonly string[]): Promise<string | null> {
  const [first = '', second = ''] = args;
  if (!new RegExp(`^  ${first}\\b`, 'm').test(await helpOf())) return `there is no command ${first}`;
  const group = await helpOf(first);
  const isGroup = group.includes('\nCommands:');
  if (isGroup && /^[a-z]/.test(second) && !new RegExp(`^  ${second}\\b`, 'm').test(group))
    return `no ${first} ${second}`;
  const help = isGroup && second !== '' ? await helpOf(first, second) : group;
  const options = args.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.replace(/=.*$/, ''));
  const unknown = options.filter((option) => !new RegExp(`(^|[\\s,])${option}\\b`, 'm').test(help));
  return unknown.length > 0 ? `no option ${unknown.join(', ')}` : null;
}

it('finds commands in blocks and lines, and what is wrong with them', async () => {
  const page =
    'Call `npx sim4seg data nothing --n 3` or\n\n```sh not run: no\nsim4seg diagnose a.png --question b --nope=1\n```\n';
  const commands = commandsIn(page);
  expect(commands.map(([name]) => name)).toEqual(['sim4seg', 'sim4seg']);
  expect(await fault(commands[0] ?? [])).toBe('no option --nope');
  expect(await fault(commands[1] ?? [])).toBe('no data nothing');
  expect(await fault(['sim4seg', 'nonsense'])).toBe('there is no command nonsense');
  expect(await fault(['sim4seg', 'eval', '--cases', 'x', '--split', 'val'])).toBeNull();
});

describe.each(PAGES)('%s', (path) => {
  it('writes commands that there are', async () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
    const faults: string[] = [];
    for (const words of commandsIn(readPage(path))) {
      if (words[0] === 'npm' && words[1] === 'run') {
        const script = words.slice(2).find((word) => !word.startsWith('-')) ?? '';
        if (!Object.hasOwn(scripts, script)) faults.push(`${words.join(' ')}: no script`);
      }
      if (words[0] !== 'sim4seg') continue;
      const wrong = await fault(words);
      if (wrong !== null) faults.push(`${words.join(' ')}: ${wrong}`);
    }
    expect(faults).toEqual([]);
  });
});
