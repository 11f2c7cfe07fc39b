/** Bytes that can be read in ranges: a file, or memory. */
export interface ByteSource {
  readonly size: number;
  /** Bytes `begin` to `end` (exclusive). @throws WEIGHTS_INVALID where the source ends before. */
  read(begin: number, end: number): Promise<Uint8Array>;
}
