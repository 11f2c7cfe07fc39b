import type { AddedToken } from './tokenizer-file.js';

/** A piece of a prompt: text in which added tokens count, or what a person typed, in which they are characters. */
export type TextPart = string | { readonly typed: string };

/** A run of plain text, or one added token. */
export type TextSection = { readonly text: string } | { readonly id: number };

/**
 * Splits parts at added tokens. Neighbouring texts become one, so that a word is cut where the model cuts it, not where
 * a part ends; blanks beside a token that strips them are left out.
 */
export function splitAddedTokens(parts: readonly TextPart[], tokens: readonly AddedToken[]): TextSection[] {
  const byContent = new Map(tokens.map((token) => [token.content, token]));
  const longestFirst = [...byContent.keys()].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  const pattern = new RegExp(`(${longestFirst.map(escaped).join('|')})`, 'u');
  const pieces = parts.flatMap((part): (string | AddedToken)[] => {
    if (typeof part !== 'string') return [part.typed];
    return longestFirst.length === 0 ? [part] : part.split(pattern).map((piece) => byContent.get(piece) ?? piece);
  });
  return strip(joinTexts(pieces)).map((piece) => (typeof piece === 'string' ? { text: piece } : { id: piece.id }));
}

function joinTexts(pieces: readonly (string | AddedToken)[]): (string | AddedToken)[] {
  return pieces.reduce<(string | AddedToken)[]>((joined, piece) => {
    const last = joined.at(-1);
    if (typeof piece === 'string' && typeof last === 'string') return [...joined.slice(0, -1), last + piece];
    return [...joined, piece];
  }, []);
}

function strip(pieces: readonly (string | AddedToken)[]): (string | AddedToken)[] {
  const at = (i: number): AddedToken | null => {
    const piece = pieces[i];
    return piece === undefined || typeof piece === 'string' ? null : piece;
  };
  return pieces
    .map((piece, i) => {
      if (typeof piece !== 'string') return piece;
      const right = at(i - 1)?.rstrip ? piece.trimStart() : piece;
      return at(i + 1)?.lstrip ? right.trimEnd() : right;
    })
    .filter((piece) => piece !== '');
}

const escaped = (content: string): string => content.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
