/** Graph of one image in a bundle. */
export const TRUNK_GRAPH = 'tiny-trunk.encode';
