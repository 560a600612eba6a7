// Brush: what glyphs are painted with, in a cell of one by one; parts painted in TEAM take the owner's colour.

import type { StageView } from "../chart/stage";

export const TEAM = "#ffffff";
export const TEAM_DIM = "#c4c4c4";
export const INK = "#201d2b";

export type Paint = (brush: Brush) => void;

// A game's picture: glyphs by kind of object, what its agents wear, and colours of its teams and resources.
export interface GameView {
  glyphs?: Record<string, Paint>;
  // The glyphs worn over the body of an agent, by what it holds and how it feels.
  worn?: (agent: { inventory: Record<string, number>; vibe: string }) => string[];
  role?: (agent: { inventory: Record<string, number>; vibe: string }) => string;
  teams?: Record<string, string>;
  resources?: Record<string, string>;
  stage?: StageView; // where it has no map of tiles and draws itself
}

export class Brush {
  private readonly ctx: CanvasRenderingContext2D;
  private readonly marksTeam: boolean;

  // `marksTeam`: paints only where the owner's colour goes.
  constructor(ctx: CanvasRenderingContext2D, marksTeam: boolean) {
    this.ctx = ctx;
    this.marksTeam = marksTeam;
    ctx.lineJoin = "round";
    ctx.lineCap = "round";
  }

  private colour(colour: string): string {
    const isTeam = colour === TEAM || colour === TEAM_DIM;
    this.ctx.globalCompositeOperation = this.marksTeam && !isTeam ? "destination-out" : "source-over";
    return this.marksTeam ? "#fff" : colour;
  }

  fill(path: Path2D, colour: string): this {
    if (this.marksTeam && colour.startsWith("rgba")) return this; // a shine or a shadow leaves the owner's colour
    this.ctx.fillStyle = this.colour(colour);
    this.ctx.fill(path);
    return this;
  }

  stroke(path: Path2D, colour: string, width: number): this {
    if (this.marksTeam && colour.startsWith("rgba")) return this;
    this.ctx.strokeStyle = this.colour(colour);
    this.ctx.lineWidth = width;
    this.ctx.stroke(path);
    return this;
  }

  // A part with the outline that holds a glyph together.
  part(path: Path2D, colour: string, width = 0.05): this {
    return this.stroke(path, INK, width * 2).fill(path, colour);
  }

  shadow(x = 0.5, y = 0.86, rx = 0.34, ry = 0.09): this {
    return this.fill(oval(x, y, rx, ry), "rgba(10, 8, 20, 0.28)");
  }

  text(letter: string, x: number, y: number, size: number, colour: string): this {
    if (this.marksTeam) return this;
    this.ctx.globalCompositeOperation = "source-over";
    this.ctx.fillStyle = colour;
    this.ctx.font = `700 ${size}px system-ui, sans-serif`;
    this.ctx.textAlign = "center";
    this.ctx.textBaseline = "middle";
    this.ctx.fillText(letter, x, y);
    return this;
  }
}

export function oval(x: number, y: number, rx: number, ry = rx): Path2D {
  const path = new Path2D();
  path.ellipse(x, y, rx, ry, 0, 0, Math.PI * 2);
  return path;
}

export function box(x: number, y: number, width: number, height: number, radius = 0): Path2D {
  const path = new Path2D();
  path.roundRect(x, y, width, height, radius);
  return path;
}

export function shape(...points: [number, number][]): Path2D {
  const path = new Path2D();
  points.forEach(([x, y], index) => (index ? path.lineTo(x, y) : path.moveTo(x, y)));
  path.closePath();
  return path;
}

export function line(...points: [number, number][]): Path2D {
  const path = new Path2D();
  points.forEach(([x, y], index) => (index ? path.lineTo(x, y) : path.moveTo(x, y)));
  return path;
}

export function arc(x: number, y: number, radius: number, from: number, to: number): Path2D {
  const path = new Path2D();
  path.arc(x, y, radius, from * Math.PI, to * Math.PI);
  return path;
}

export function svg(data: string): Path2D {
  return new Path2D(data);
}

export function gear(x: number, y: number, radius: number, teeth = 8, depth = 0.16): Path2D {
  const path = new Path2D();
  const steps = teeth * 4;
  for (let step = 0; step < steps; step++) {
    const isTooth = step % 4 < 2;
    const angle = ((step + 0.5) / steps) * Math.PI * 2 - Math.PI / 2 - Math.PI / teeth / 2;
    const far = isTooth ? radius : radius * (1 - depth);
    path.lineTo(x + Math.cos(angle) * far, y + Math.sin(angle) * far);
  }
  path.closePath();
  return path;
}

export function heart(x: number, y: number, size: number): Path2D {
  const s = size;
  const path = new Path2D();
  path.moveTo(x, y + s * 0.9);
  path.bezierCurveTo(x - s * 1.5, y - s * 0.1, x - s * 0.9, y - s * 1.15, x, y - s * 0.35);
  path.bezierCurveTo(x + s * 0.9, y - s * 1.15, x + s * 1.5, y - s * 0.1, x, y + s * 0.9);
  path.closePath();
  return path;
}

export function bolt(x: number, y: number, size: number): Path2D {
  const at = (dx: number, dy: number): [number, number] => [x + dx * size, y + dy * size];
  return shape(at(0.15, -1), at(-0.55, 0.15), at(-0.05, 0.15), at(-0.2, 1), at(0.55, -0.2), at(0.05, -0.2), at(0.45, -1));
}
