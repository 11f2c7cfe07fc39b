import type { Graph } from './graph.js';

/** Drops nodes and constants that no output needs, such as gradients by what is not trained. */
export function removeDead(graph: Graph): void {
  const needed = new Set(graph.outputs.map(({ value }) => value.name));
  const kept = [...graph.nodes].reverse().filter(({ inputs, outputs }) => {
    const used = outputs.some((name) => needed.has(name));
    if (used) for (const name of inputs) needed.add(name);
    return used;
  });
  graph.nodes.splice(0, graph.nodes.length, ...kept.reverse());
  const constants = graph.constants.filter(({ value }) => needed.has(value.name));
  graph.constants.splice(0, graph.constants.length, ...constants);
}
