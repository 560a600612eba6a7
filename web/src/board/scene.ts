// Scene: what is drawn of a frame: where sprites stand between two ticks, what covers the ground, what is hidden.
import type { Agent, Frame, Head, Thing } from "../replay";
import { agentColour, GLYPHS, teamColour, worn } from "./glyphs";
import { type Painter, rgb } from "./gl";

const PLAIN = [1, 1, 1] as const;
const FOG = [12, 12, 16, 218];
const FAINT = 0.16; // what is there but not seen
const FACELESS = 8; // pixels up to which nobody can tell one face from another
const MOST_JUMP = 3; // cells in one tick; who goes farther was put there

export interface Wishes {
  eyes: Agent | null; // whose window is shown, and nothing else
  selected: number | null;
  share: number; // of the way from `before` to `frame`
  seconds: number; // of the clock, for blinking
  zoom: number; // pixels a cell: seen from afar all stand a little larger
}

export function place(agent: Agent, before: Agent | undefined, share: number): [number, number] {
  if (!before || share >= 1) return [agent.col + 0.5, agent.row + 0.5];
  const [dx, dy] = [agent.col - before.col, agent.row - before.row];
  if (Math.abs(dx) + Math.abs(dy) > MOST_JUMP) return [agent.col + 0.5, agent.row + 0.5];
  const eased = share * share * (3 - 2 * share);
  return [before.col + dx * eased + 0.5, before.row + dy * eased + 0.5];
}

export function inWindow(head: Head, eyes: Agent, row: number, col: number): boolean {
  const [height, width] = head.window;
  return Math.abs(row - eyes.row) <= (height - 1) / 2 && Math.abs(col - eyes.col) <= (width - 1) / 2;
}

function face(agent: Agent, seconds: number): string {
  if (agent.frozen) return "face.frozen";
  if (agent.reward > 0) return "face.happy";
  const way = /(north|south|west|east)/.exec(agent.action)?.[1];
  if (way && !agent.success) return "face.puzzled";
  if ((seconds + agent.id * 0.73) % 3.7 < 0.14) return "face.blink";
  return `face.${way ?? "south"}`;
}


// Fills the painter with all sprites of a frame: what stands, then who moves, from the top down.
export function populate(painter: Painter, head: Head, frame: Frame, before: Frame | undefined, wishes: Wishes): void {
  const { eyes } = wishes;
  const near = Math.min(Math.max(19 / wishes.zoom, 1), 1.9);
  const big = 0.98 * near;
  const stood = 1.12 * Math.min(near, 1.35);
  const isFar = big * wishes.zoom < FACELESS;
  const teams = frame.teams.map((team) => team.name);
  painter.clear();
  const seen = (row: number, col: number) => (!eyes || inWindow(head, eyes, row, col) ? 1 : FAINT);
  for (const thing of still(head, frame))
    stand(painter, head, thing.kind, thing.col, thing.row, PLAIN, stood, seen(thing.row, thing.col));
  for (const thing of frame.objects) {
    const tint = thing.team === null ? rgb("#c9c4b8") : rgb(teamColour(thing.team, teams));
    stand(painter, head, thing.kind, thing.col, thing.row, tint, stood, (empties(thing) ? 0.55 : 1) * seen(thing.row, thing.col));
  }
  const order = frame.agents.filter((agent) => agent.row >= 0).sort((one, other) => one.row - other.row);
  for (const agent of order) {
    if (eyes && !inWindow(head, eyes, agent.row, agent.col)) continue;
    const [x, y] = place(agent, before?.agents[agent.id], wishes.share);
    const tint = rgb(agentColour(agent, teams));
    const moves = before && wishes.share < 1 && (before.agents[agent.id]?.col !== agent.col || before.agents[agent.id]?.row !== agent.row);
    const hop = moves ? Math.sin(wishes.share * Math.PI) * 0.09 : 0;
    painter.put(x, y - hop, big, painter.glyph("cog"), tint);
    if (isFar) continue;
    painter.put(x, y - hop, big, painter.glyph(face(agent, wishes.seconds)), PLAIN);
    for (const name of worn(agent)) painter.put(x, y - hop, big, painter.glyph(name), PLAIN);
    const sign = signOf(agent);
    if (sign) painter.put(x + 0.42 * near, y - hop - 0.42 * near, 0.52 * near, painter.glyph(sign), PLAIN);
  }
}

// An extractor that is used up looks faded: it had an inventory of its own and has none left.
function empties(thing: Thing): boolean {
  return thing.kind.endsWith("extractor") && Object.keys(thing.inventory).length === 0;
}

function stand(
  painter: Painter, head: Head, kind: string, col: number, row: number,
  tint: readonly [number, number, number], size: number, opacity = 1,
): void {
  const symbol = head.symbols[head.kinds.indexOf(kind)] ?? kind.slice(0, 1);
  painter.put(col + 0.5, row + 0.46, kind.endsWith("hub") ? size * 1.35 : size, painter.glyph(kind, symbol), tint, opacity);
}

function signOf(agent: Agent): string {
  if (!agent.vibe || agent.vibe === "default" || worn(agent).includes(`worn.${agent.vibe}`)) return "";
  return `sign.${agent.vibe}` in GLYPHS ? `sign.${agent.vibe}` : "sign.other";
}

let known: { tiles: Uint16Array; found: { kind: string; row: number; col: number }[] } | null = null;

// What stands on the map, is no wall, and is no object with a state of its own.
function still(head: Head, frame: Frame): { kind: string; row: number; col: number }[] {
  if (known?.tiles === frame.tiles) return known.found;
  const taken = new Set(frame.objects.map((thing) => thing.row * head.width + thing.col));
  const found: { kind: string; row: number; col: number }[] = [];
  const walls = wallKinds(head);
  frame.tiles.forEach((tile, cell) => {
    if (!tile || walls[tile] || taken.has(cell)) return;
    found.push({ kind: head.kinds[tile - 1]!, row: Math.floor(cell / head.width), col: cell % head.width });
  });
  known = { tiles: frame.tiles, found };
  return found;
}

// By the number a tile has: 1 + index of its kind.
export function wallKinds(head: Head): boolean[] {
  return [false, ...head.kinds.map((kind, index) => head.symbols[index] === "#" || kind.includes("wall"))];
}

export interface Cover {
  areas: boolean;
  heat: Float32Array | null;
  eyes: Agent | null;
}

// Colours of the ground, RGBA: whose area it is, how often somebody stood there, what is hidden; null for none.
export function shades(head: Head, frame: Frame, { areas, heat, eyes }: Cover): Uint8Array | null {
  const { width, height } = head;
  if (!areas && !heat && !eyes) return null;
  const data = new Uint8Array(width * height * 4);
  if (areas) {
    const teams = frame.teams.map((team) => team.name);
    for (const thing of frame.objects) {
      if (thing.team === null || thing.radius < 0) continue;
      const colour = rgb(teamColour(thing.team, teams));
      disc(thing, head, (cell) => over(data, cell, colour, 0.24));
    }
  }
  if (heat) {
    const most = heat.reduce((a, b) => Math.max(a, b), 1e-9);
    heat.forEach((count, cell) => {
      if (!count) return;
      const share = Math.log1p(count) / Math.log1p(most);
      over(data, cell, [1, 0.75 - 0.5 * share, 0.2], 0.15 + 0.6 * share);
    });
  }
  if (eyes)
    for (let row = 0; row < height; row++)
      for (let col = 0; col < width; col++)
        if (!inWindow(head, eyes, row, col)) data.set(FOG, (row * width + col) * 4);
  return data;
}

function disc(thing: Thing, head: Head, visit: (cell: number) => void): void {
  const { radius, row, col } = thing;
  for (let dy = -radius; dy <= radius; dy++)
    for (let dx = -radius; dx <= radius; dx++) {
      const [y, x] = [row + dy, col + dx];
      if (dx * dx + dy * dy <= radius * radius && y >= 0 && x >= 0 && y < head.height && x < head.width)
        visit(y * head.width + x);
    }
}

// The strongest claim stays; two teams' claims mix.
function over(data: Uint8Array, cell: number, colour: readonly number[], opacity: number): void {
  const at = cell * 4;
  const had = data[at + 3]!;
  for (let k = 0; k < 3; k++) {
    const value = colour[k]! * 255;
    data[at + k] = had ? (data[at + k]! + value) / 2 : value;
  }
  data[at + 3] = Math.max(had, opacity * 255);
}
