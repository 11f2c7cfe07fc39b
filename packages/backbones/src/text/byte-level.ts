/**
 * Byte-level alphabet of GPT-2: every byte has one printable character, so that a vocabulary file holds plain text.
 * @source openai/gpt-2 src/encoder.py bytes_to_unicode
 */
const isPrintable = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);

/** Character of each byte, by byte value. */
export const BYTE_CHARACTERS: readonly string[] = byteCharacters();

const CHARACTER_BYTES: ReadonlyMap<string, number> = new Map(
  BYTE_CHARACTERS.map((character, byte) => [character, byte]),
);
const encoder = new TextEncoder();

/** Text as byte characters. */
export function toByteCharacters(text: string): string {
  return Array.from(encoder.encode(text), (byte) => BYTE_CHARACTERS[byte]).join('');
}

/** Bytes of a token that is written in byte characters; null where a character is none. */
export function fromByteCharacters(token: string): Uint8Array | null {
  const bytes = Array.from(token, (character) => CHARACTER_BYTES.get(character));
  return bytes.every((byte) => byte !== undefined) ? Uint8Array.from(bytes as number[]) : null;
}

function byteCharacters(): string[] {
  let free = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : free++));
}
