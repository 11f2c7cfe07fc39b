import { Sim4SegError } from '../errors.js';

/**
 * Whether a semver range of contract versions ('1', '^1', '1 - 2', '1 || 3') holds a version. Contracts count whole
 * versions, so minor and patch parts of the range are read and ignored.
 * @throws PLUGIN_INVALID when the range cannot be read
 */
export function contractRangeHolds(range: string, version: number): boolean {
  return range.split('||').some((part) => {
    const match = /^\s*[\^~]?(\d+)(?:\.[\dx*]+){0,2}(?:\s+-\s+(\d+)(?:\.[\dx*]+){0,2})?\s*$/.exec(part);
    if (!match) throw unreadable(range);
    const low = Number(match[1]);
    const high = match[2] === undefined ? low : Number(match[2]);
    return low <= version && version <= high;
  });
}

function unreadable(range: string): Sim4SegError {
  return new Sim4SegError('PLUGIN_INVALID', {
    must: "contractVersion is a semver range such as '1' or '1 - 2'",
    got: `'${range}'`,
    fix: 'write the contract versions that the plugin was made for',
  });
}
