/** A fenced block of a page. */
export interface Snippet {
  /** Line of the fence, counted from 1. */
  readonly line: number;
  /** First word behind the fence: ts, sh, yaml, ... */
  readonly language: string;
  /** The rest of that line: `run`, `file=name`, or `not run: why`. */
  readonly mark: string;
  readonly code: string;
  /** What a comment `<!-- given ... -->` right above the fence says: code that runs before and readers need not see. */
  readonly given: string;
  /** What a comment `<!-- then ... -->` right below the fence says: what must hold afterwards. */
  readonly then: string;
}

const PATTERN = new RegExp(
  [
    /(?:<!-- given\n(?<given>(?:(?!-->)[\s\S])*?)-->\n+)?/,
    /^```(?<language>\w+)(?<mark>[^\n]*)\n(?<code>[\s\S]*?)^```$/,
    /(?:\n+<!-- then\n(?<then>(?:(?!-->)[\s\S])*?)-->)?/,
  ]
    .map(({ source }) => source)
    .join(''),
  'gm',
);

/** The fenced blocks of a page in Markdown, in their order. */
export function snippetsOf(page: string): Snippet[] {
  return [...page.matchAll(PATTERN)].map((match) => {
    const { given = '', language = '', mark = '', code = '', then = '' } = match.groups ?? {};
    const above = page.slice(0, match.index + match[0].indexOf('```')).split('\n').length;
    return { line: above, language, mark: mark.trim(), code, given, then };
  });
}

/** Languages that do something when they run; each of their blocks is run, or says why not. */
export const isRunnable = ({ language }: Snippet): boolean => ['ts', 'js', 'sh', 'bash'].includes(language);

/** The commands of a block for the shell, one a line; comments are left out. */
export function commandsOf(code: string): string[][] {
  return code
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .map(wordsOf)
    .filter((words) => words.length > 0);
}

/** Words of one line as a shell takes them: quotes group, `#` at the start of a word begins a comment. */
function wordsOf(line: string): string[] {
  const words = [...line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) => word);
  const comment = words.findIndex((word) => word.startsWith('#'));
  return (comment < 0 ? words : words.slice(0, comment)).map((word) =>
    word.replaceAll(/'([^']*)'|"([^"]*)"/g, (_, single?: string, double?: string) => single ?? double ?? ''),
  );
}
