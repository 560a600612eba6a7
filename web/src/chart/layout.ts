// Layout: where the nodes of a graph stand: rings by distance from node 0, then springs as long as the lanes.

export interface Linked {
  hops: number;
  lanes: { node: number; ticks: number }[];
}

export type Point = [number, number];

const ROUNDS = 420;
const SPRING = 0.08;
const PUSH = 0.05;
const NEAR = 0.42; // how close a node may come to a lane that is not its own

// The same graph always stands the same way. Unit: about the length of a short lane.
export function layout(nodes: Linked[]): Point[] {
  const at = rings(nodes);
  const lanes = nodes.flatMap((node, one) =>
    node.lanes.filter((lane) => lane.node > one).map((lane) => ({ one, other: lane.node, long: 0.95 + 0.13 * lane.ticks })),
  );
  for (let round = 0; round < ROUNDS; round++) {
    const cool = 1 - round / ROUNDS;
    const by: Point[] = at.map(() => [0, 0]);
    const push = (one: number, other: number, dx: number, dy: number) => {
      by[one]![0] += dx;
      by[one]![1] += dy;
      by[other]![0] -= dx;
      by[other]![1] -= dy;
    };
    for (let one = 0; one < at.length; one++)
      for (let other = one + 1; other < at.length; other++) {
        const [dx, dy] = [at[one]![0] - at[other]![0], at[one]![1] - at[other]![1]];
        const square = Math.max(dx * dx + dy * dy, 0.04);
        const force = PUSH / square;
        push(one, other, dx * force, dy * force);
      }
    for (const { one, other, long } of lanes) {
      const [dx, dy] = [at[other]![0] - at[one]![0], at[other]![1] - at[one]![1]];
      const length = Math.hypot(dx, dy) || 1e-6;
      const force = (SPRING * (length - long)) / length;
      push(one, other, dx * force, dy * force);
    }
    if (round > ROUNDS / 3) for (const lane of lanes) clear(at, by, lane.one, lane.other);
    at.forEach((point, index) => {
      const [dx, dy] = by[index]!;
      const length = Math.hypot(dx, dy) || 1e-6;
      const step = Math.min(length, 0.3 * cool + 0.01) / length;
      point[0] += dx * step;
      point[1] += dy * step;
    });
  }
  return turned(at);
}

// A tree from node 0: every node has its share of the circle, wide where much hangs on it.
function rings(nodes: Linked[]): Point[] {
  const at: Point[] = nodes.map(() => [0, 0]);
  const parent = nodes.map((node) => node.lanes.find((lane) => nodes[lane.node]!.hops < node.hops)?.node ?? -1);
  const children = nodes.map((_, one) => nodes.map((_, other) => other).filter((other) => parent[other] === one));
  const leaves = (node: number): number => Math.max(children[node]!.reduce((sum, child) => sum + leaves(child), 0), 1);
  const spread = (node: number, from: number, to: number) => {
    const all = leaves(node);
    let angle = from;
    for (const child of children[node]!) {
      const wide = ((to - from) * leaves(child)) / all;
      const middle = angle + wide / 2;
      const far = nodes[child]!.hops * 1.4;
      at[child] = [Math.cos(middle) * far, Math.sin(middle) * far];
      spread(child, angle, angle + wide);
      angle += wide;
    }
  };
  spread(0, 0.3, 0.3 + Math.PI * 2);
  return at;
}

// Moves a node off a lane that would seem to run through it.
function clear(at: Point[], by: Point[], one: number, other: number): void {
  const [a, b] = [at[one]!, at[other]!];
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const square = dx * dx + dy * dy || 1e-6;
  at.forEach((point, index) => {
    if (index === one || index === other) return;
    const share = ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / square;
    if (share < 0.05 || share > 0.95) return;
    const [px, py] = [point[0] - a[0] - share * dx, point[1] - a[1] - share * dy];
    const far = Math.hypot(px, py) || 1e-6;
    if (far > NEAR) return;
    const force = (0.12 * (NEAR - far)) / far;
    by[index]![0] += px * force;
    by[index]![1] += py * force;
  });
}

// The long side lies level, node 0 in the left half: so a chart is read.
function turned(at: Point[]): Point[] {
  const count = at.length || 1;
  const [mx, my] = [at.reduce((sum, p) => sum + p[0], 0) / count, at.reduce((sum, p) => sum + p[1], 0) / count];
  let [xx, xy, yy] = [0, 0, 0];
  for (const [x, y] of at) {
    xx += (x - mx) ** 2;
    xy += (x - mx) * (y - my);
    yy += (y - my) ** 2;
  }
  const angle = -Math.atan2(2 * xy, xx - yy) / 2;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const level = at.map(([x, y]): Point => [(x - mx) * cos - (y - my) * sin, (x - mx) * sin + (y - my) * cos]);
  const flip = (level[0]?.[0] ?? 0) > 0 ? -1 : 1;
  return level.map(([x, y]) => [x * flip, y * flip]);
}
