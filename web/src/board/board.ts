// Board: the picture of one frame in two canvases, drawn anew when something of it changed.
import type { Agent, Frame, Head, Thing } from "../replay";
import { type Camera, Painter } from "./gl";
import { draw as drawOverlay, isBlank, type Marks } from "./overlay";
import { place, populate, shades, wallKinds } from "./scene";
import { layers, LOOKS } from "./tiles";

export interface Picture {
  head: Head;
  frame: Frame;
  before: Frame | undefined;
  share: number;
  selected: number | null;
  thing: number | null;
  hover: { row: number; col: number } | null;
  trail: { row: number; col: number }[];
  heat: Float32Array | null;
  shows: { areas: boolean; grid: boolean; eyes: boolean };
  theme: "dark" | "light";
}

export class Board {
  camera: Camera = { x: 0, y: 0, zoom: 16 };
  private painter: Painter;
  private ctx: CanvasRenderingContext2D;
  private canvas: HTMLCanvasElement;
  private overlay: HTMLCanvasElement;
  private laid: Uint16Array | null = null;
  private theme = "";
  private isClean = false;
  private shaded: unknown[] = [];
  width = 1;
  height = 1;

  constructor(canvas: HTMLCanvasElement, overlay: HTMLCanvasElement) {
    this.canvas = canvas;
    this.overlay = overlay;
    this.painter = new Painter(canvas);
    this.ctx = overlay.getContext("2d", { willReadFrequently: this.painter.isSoftware })!;
  }

  get ratio(): number {
    return Math.min(window.devicePixelRatio || 1, 2);
  }

  resize(width: number, height: number): void {
    [this.width, this.height] = [Math.max(width, 1), Math.max(height, 1)];
    for (const canvas of [this.canvas, this.overlay]) {
      canvas.width = Math.round(this.width * this.ratio);
      canvas.height = Math.round(this.height * this.ratio);
    }
  }

  // Another replay: nothing of the last one's ground is left.
  forget(): void {
    this.laid = null;
    this.shaded = [];
  }

  // The whole map, less what is solid all round it.
  fit(head: Head, frame: Frame): void {
    const walls = wallKinds(head);
    let [top, left, bottom, right] = [head.height, head.width, 0, 0];
    frame.tiles.forEach((tile, cell) => {
      if (walls[tile]) return;
      const [row, col] = [Math.floor(cell / head.width), cell % head.width];
      [top, left, bottom, right] = [Math.min(top, row), Math.min(left, col), Math.max(bottom, row + 1), Math.max(right, col + 1)];
    });
    if (bottom <= top) [top, left, bottom, right] = [0, 0, head.height, head.width];
    const zoom = Math.min(this.width / (right - left + 2), this.height / (bottom - top + 2));
    Object.assign(this.camera, { x: (left + right) / 2, y: (top + bottom) / 2, zoom: Math.min(Math.max(zoom, 2), 56) });
  }

  cell(x: number, y: number): { row: number; col: number } {
    const { camera } = this;
    return {
      col: Math.floor((x - this.width / 2) / camera.zoom + camera.x),
      row: Math.floor((y - this.height / 2) / camera.zoom + camera.y),
    };
  }

  // Zoom by a factor so that what is under (x, y) stays there.
  zoomAt(x: number, y: number, factor: number): void {
    const { camera } = this;
    const zoom = Math.min(Math.max(camera.zoom * factor, 1.5), 120);
    const [dx, dy] = [x - this.width / 2, y - this.height / 2];
    camera.x += dx / camera.zoom - dx / zoom;
    camera.y += dy / camera.zoom - dy / zoom;
    camera.zoom = zoom;
  }

  draw(picture: Picture, seconds: number): void {
    const { head, frame, shows } = picture;
    const { painter } = this;
    if (this.theme !== picture.theme) {
      painter.dress(LOOKS[picture.theme]);
      this.theme = picture.theme;
    }
    if (this.laid !== frame.tiles) {
      painter.lay(layers(frame.tiles, head.width, head.height, wallKinds(head)), head.width, head.height);
      this.laid = frame.tiles;
    }
    const selected = picture.selected === null ? null : (frame.agents[picture.selected] ?? null);
    const eyes = shows.eyes ? selected : null;
    const shaded = [shows.areas && frame.objects, picture.heat, eyes?.row, eyes?.col, head];
    if (shaded.length !== this.shaded.length || shaded.some((value, index) => value !== this.shaded[index])) {
      painter.tint(shades(head, frame, { areas: shows.areas, heat: picture.heat, eyes }));
      this.shaded = shaded;
    }
    painter.hasGrid = shows.grid;
    populate(painter, head, frame, picture.before, { eyes, selected: picture.selected, share: picture.share, seconds, zoom: this.camera.zoom });
    painter.draw(this.camera, this.ratio);
    const thing: Thing | null = frame.objects.find((one) => one.id === picture.thing) ?? null;
    const marks: Marks = {
      frame, head, camera: this.camera, width: this.width, height: this.height,
      selected, thing, hover: picture.hover, trail: picture.trail, eyes, seconds,
      at: (agent: Agent) => place(agent, picture.before?.agents[agent.id], picture.share),
    };
    const blank = isBlank(marks);
    if (!blank || !this.isClean) drawOverlay(this.ctx, this.ratio, marks);
    this.isClean = blank;
  }
}
