// Replay: what is known of an episode: its head, its frames (key frames and changes), and its overview.

export type Stock = Record<string, number>;

export interface Thing {
  id: number;
  row: number;
  col: number;
  kind: string;
  team: string | null;
  vibe: string;
  inventory: Stock;
  cooldown: number;
  uses: number;
  radius: number;
}

export interface Agent {
  id: number;
  row: number;
  col: number;
  kind: string;
  team: string | null;
  vibe: string;
  inventory: Stock;
  frozen: number;
  action: string;
  success: boolean;
  reward: number;
  return: number;
  infos?: unknown;
}

export interface Team {
  name: string;
  inventory: Stock;
  counts: Stock;
}

export interface Frame {
  tick: number;
  tiles: Uint16Array; // [height × width], 0 or 1 + index of the kind; none in a game without a map
  agents: Agent[];
  objects: Thing[];
  teams: Team[];
  text: string;
  scene: Plain; // of a game without a map that draws itself: what changes
}

// What only a game's own view understands.
export type Plain = Record<string, any>;

export interface Head {
  name: string;
  game: string;
  game_version: number;
  mission: string;
  label: string;
  seed: string;
  seats: string[];
  end: string;
  coterie: string;
  max_steps: number;
  width: number;
  height: number;
  kinds: string[];
  symbols: string[];
  vibes: string[];
  actions: string[];
  heads?: string[][]; // the choices of every action head, where it can be played again
  resources: string[];
  window: [number, number];
  live?: boolean; // it is the episode that is played now
  first: number;
  last: number;
  piece: number;
  stride: number;
  problem: string;
  scenery?: Plain; // of such a game what an episode leaves as it is
}

type Changes = Record<string, Record<string, unknown> | null>;

export interface Delta {
  agents?: Changes;
  objects?: Changes;
  teams?: Changes;
  tiles?: [number, number][];
  text?: string;
  scene?: Plain;
}

export interface Piece {
  first: number;
  stride: number;
  key: { tiles?: number[]; agents: Agent[]; objects?: Thing[]; teams?: Team[]; text?: string; scene?: Plain };
  deltas: Delta[];
}

export interface Happening {
  tick: number;
  kind: "owner" | "appeared" | "vanished" | "frozen" | "reward" | "counted";
  object?: number;
  agent?: number;
  name?: string;
  row?: number;
  col?: number;
  team?: string | null;
  before?: string | null;
  amount?: number;
}

export interface Overview {
  ticks: number[];
  returns: number[][];
  teams: { name: string; inventory: Record<string, number[]>; counts: Record<string, number[]> }[];
  visits: [number, number][]; // cell, how many times somebody stood there
  events: Happening[];
  curves?: Record<string, Record<string, number[]>>; // fields of a scene over time
}

export interface Statistics {
  game: Stock;
  agents: Stock[];
}

// Where a replay comes from: a server, or the page itself.
export interface Source {
  head(tick: number): Promise<{ head: Head; frame?: Frame }>; // and the frame at that tick, where it comes along
  frames(first: number, count: number, stride: number): Promise<Frame[]>;
  overview(points: number): Promise<Overview>;
  statistics(tick: number): Promise<Statistics>;
}

const BLANK = { row: -1, col: -1, kind: "agent", team: null, vibe: "", inventory: {}, frozen: 0 };

export function whole(key: Piece["key"], tick: number): Frame {
  return {
    tick,
    tiles: Uint16Array.from(key.tiles ?? []),
    agents: key.agents.map((agent) => ({ ...BLANK, ...agent })),
    objects: key.objects ?? [],
    teams: key.teams ?? [],
    text: key.text ?? "",
    scene: key.scene ?? {},
  };
}

export function after(frame: Frame, delta: Delta, tick: number): Frame {
  return {
    tick,
    tiles: delta.tiles ? retiled(frame.tiles, delta.tiles) : frame.tiles,
    agents: changed(frame.agents, delta.agents),
    objects: changed(frame.objects, delta.objects),
    teams: changed(frame.teams, delta.teams),
    text: delta.text ?? frame.text,
    scene: delta.scene ? (patched(frame.scene, delta.scene) as Plain) : frame.scene,
  };
}

export function unfolded(piece: Piece): Frame[] {
  const frames = [whole(piece.key, piece.first)];
  for (const delta of piece.deltas) {
    const last = frames[frames.length - 1]!;
    frames.push(after(last, delta, last.tick + piece.stride));
  }
  return frames;
}

function retiled(tiles: Uint16Array, changes: [number, number][]): Uint16Array {
  const next = tiles.slice();
  for (const [cell, kind] of changes) next[cell] = kind;
  return next;
}

const isPlain = (value: unknown): value is Plain => typeof value === "object" && value !== null && !Array.isArray(value);

// A value after its changes, as server/frames.py tells them: by key or place, null for what is gone.
export function patched(old: unknown, change: unknown): unknown {
  if (!isPlain(change)) return change;
  if (Array.isArray(old)) return old.map((item, place) => (place in change ? patched(item, change[place]) : item));
  if (!isPlain(old)) return change;
  const next = { ...old };
  for (const [key, value] of Object.entries(change))
    if (value === null) delete next[key];
    else next[key] = patched(old[key], value);
  return next;
}

// Rows by their id, or by their place where they have none; what did not change is shared.
function changed<Row extends object>(rows: Row[], changes?: Changes): Row[] {
  if (!changes) return rows;
  const left = new Set(Object.keys(changes));
  const next: Row[] = [];
  rows.forEach((row, index) => {
    const ident = String("id" in row ? row.id : index);
    if (!left.delete(ident)) next.push(row);
    else if (changes[ident]) next.push({ ...row, ...changes[ident] });
  });
  for (const ident of left) if (changes[ident]) next.push(changes[ident] as Row);
  return next;
}

const MOST_PIECES = 96;

// The frames of one replay: fetched piece by piece, kept as long as there is room.
export class Reel {
  head: Head; // `last` grows while it is played
  private source: Source;
  private pieces = new Map<string, Frame[]>();
  private coming = new Map<string, Promise<void>>();

  constructor(head: Head, source: Source) {
    this.head = head;
    this.source = source;
  }

  // The last tick at or before `tick` that `stride` keeps.
  aligned(tick: number, stride: number): number {
    const { first } = this.head;
    const step = Math.max(stride, this.head.stride);
    return first + Math.floor((tick - first) / step) * step;
  }

  private place(tick: number, stride: number): { key: string; first: number; index: number; step: number } {
    const step = Math.max(stride, this.head.stride);
    const span = this.head.piece * step;
    const number = Math.floor((tick - this.head.first) / span);
    const first = this.head.first + number * span;
    return { key: `${step}:${number}`, first, index: Math.floor((tick - first) / step), step };
  }

  frame(tick: number, stride = 1): Frame | undefined {
    for (const step of stride > 1 ? [1, stride] : [1]) {
      const at = this.place(tick, step);
      const found = this.pieces.get(at.key);
      if (found) {
        // What was looked at last goes last.
        this.pieces.delete(at.key);
        this.pieces.set(at.key, found);
        if (found[at.index]) return found[at.index];
      }
    }
    return undefined;
  }

  // Resolves when the piece with that tick is here.
  async want(tick: number, stride = 1): Promise<void> {
    if (tick < this.head.first || tick > this.head.last) return;
    const at = this.place(tick, stride);
    if (this.pieces.get(at.key)?.[at.index]) return;
    let promise = this.coming.get(at.key);
    if (!promise) {
      promise = this.source
        .frames(at.first, this.head.piece, at.step)
        .then((frames) => this.keep(at.key, frames))
        .finally(() => this.coming.delete(at.key));
      this.coming.set(at.key, promise);
    }
    return promise;
  }

  // The ticks up to this one that did not come by themselves, as far as a trail reaches.
  async fill(tick: number): Promise<void> {
    for (const first of [tick - this.head.piece, tick]) {
      const at = this.place(Math.max(first, this.head.first), 1);
      const piece = this.pieces.get(at.key) ?? [];
      const end = Math.min(at.first + this.head.piece - 1, tick) - at.first;
      if (Array.from({ length: end + 1 }, (_, index) => index in piece).every(Boolean)) continue;
      this.keep(at.key, await this.source.frames(at.first, this.head.piece, 1));
    }
  }

  // One frame alone, before its piece: the first picture.
  async single(tick: number): Promise<Frame> {
    const have = this.frame(tick);
    if (have) return have;
    const [frame] = await this.source.frames(this.aligned(tick, 1), 1, 1);
    if (!frame) throw new Error(`There is no frame at tick ${tick}.`);
    return frame;
  }

  // A frame that came by itself: the newest of an episode under way.
  push(frame: Frame): void {
    const at = this.place(frame.tick, 1);
    const piece = this.pieces.get(at.key) ?? [];
    piece[at.index] = frame;
    this.keep(at.key, piece);
  }

  // What was here before and did not come again stays: a piece of an episode under way grows.
  private keep(key: string, frames: Frame[]): void {
    this.pieces.get(key)?.forEach((frame, index) => (frames[index] ??= frame));
    this.pieces.set(key, frames);
    for (const old of this.pieces.keys()) {
      if (this.pieces.size <= MOST_PIECES) break;
      this.pieces.delete(old);
    }
  }

  overview(points: number): Promise<Overview> {
    return this.source.overview(points);
  }

  statistics(tick: number): Promise<Statistics> {
    return this.source.statistics(tick);
  }
}
