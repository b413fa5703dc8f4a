/** Strongly connected components (Tarjan 1972), without recursion, in O(nodes + edges). */

/** The component of each node 0…n−1 as a number; components are numbered against the direction of the edges. */
export function strongComponents(successors: readonly (readonly number[])[]): number[] {
  const component = successors.map(() => -1);
  const order = successors.map(() => -1);
  const low = successors.map(() => -1);
  const open: number[] = [];
  let visited = 0;
  let found = 0;
  for (const root of successors.keys()) {
    if (order[root] !== -1) continue;
    const path: { node: number; next: number }[] = [];
    const enter = (node: number) => {
      order[node] = low[node] = visited++;
      open.push(node);
      path.push({ node, next: 0 });
    };
    enter(root);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { node } = top;
      const successor = successors[node]?.[top.next++];
      if (successor === undefined) {
        path.pop();
        const parent = path.at(-1)?.node;
        if (parent !== undefined) low[parent] = Math.min(low[parent] ?? 0, low[node] ?? 0);
        if (low[node] === order[node]) closeComponent(open, node, component, found++);
      } else if (order[successor] === -1) enter(successor);
      else if (component[successor] === -1)
        low[node] = Math.min(low[node] ?? 0, order[successor] ?? 0);
    }
  }
  return component;
}

function closeComponent(open: number[], root: number, component: number[], id: number): void {
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    component[node] = id;
    if (node === root) return;
  }
}
