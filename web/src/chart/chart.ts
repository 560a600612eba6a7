// Chart: the picture of a game that draws itself: a canvas with a camera over the units of its chart.
import type { Frame, Head } from "../replay";
import type { Picture, Spot, StageView } from "./stage";

const REACH = 10; // pixels beside a spot that still press it
const ROOM = 34; // pixels free all round

export class Chart {
  readonly camera = { x: 0, y: 0, zoom: 80 };
  width = 1;
  height = 1;
  hover = "";
  private canvas: HTMLCanvasElement;
  private ctx: CanvasRenderingContext2D;
  private stage: StageView;

  constructor(canvas: HTMLCanvasElement, stage: StageView) {
    this.canvas = canvas;
    this.ctx = canvas.getContext("2d")!;
    this.stage = stage;
  }

  get ratio(): number {
    return Math.min(window.devicePixelRatio || 1, 2);
  }

  resize(width: number, height: number): void {
    [this.width, this.height] = [Math.max(width, 1), Math.max(height, 1)];
    this.canvas.width = Math.round(this.width * this.ratio);
    this.canvas.height = Math.round(this.height * this.ratio);
  }

  // The whole chart; what stays free lies below, where a view may show something of its own.
  fit(head: Head, _frame: Frame): void {
    const { left, top, right, bottom } = this.stage.bounds(head);
    const zoom = Math.min((this.width - 2 * ROOM) / (right - left), (this.height - 2 * ROOM) / (bottom - top));
    const slack = Math.max(this.height - 2 * ROOM - (bottom - top) * zoom, 0) / zoom;
    Object.assign(this.camera, { x: (left + right) / 2, y: (top + bottom) / 2 + slack * 0.3, zoom: Math.min(Math.max(zoom, 16), 220) });
  }

  zoomAt(x: number, y: number, factor: number): void {
    const { camera } = this;
    const zoom = Math.min(Math.max(camera.zoom * factor, 12), 600);
    const [dx, dy] = [x - this.width / 2, y - this.height / 2];
    camera.x += dx / camera.zoom - dx / zoom;
    camera.y += dy / camera.zoom - dy / zoom;
    camera.zoom = zoom;
  }

  // Where a spot is on the page, in pixels.
  place(spot: { x: number; y: number }): { x: number; y: number } {
    const { camera } = this;
    return { x: (spot.x - camera.x) * camera.zoom + this.width / 2, y: (spot.y - camera.y) * camera.zoom + this.height / 2 };
  }

  // The nearest spot whose disc, or a finger's breadth beside it, holds the pixel.
  at(x: number, y: number, spots: Spot[]): Spot | undefined {
    let [found, best] = [undefined as Spot | undefined, Infinity];
    for (const spot of spots) {
      const place = this.place(spot);
      const far = Math.hypot(place.x - x, place.y - y) - Math.max(spot.radius * this.camera.zoom, 4);
      if (far < REACH && far < best) [found, best] = [spot, far];
    }
    return found;
  }

  draw(picture: Omit<Picture, "zoom" | "hover" | "view">): void {
    const { ctx, camera, ratio } = this;
    const scale = camera.zoom * ratio;
    const [width, height] = [this.width / camera.zoom, this.height / camera.zoom];
    ctx.setTransform(scale, 0, 0, scale, this.canvas.width / 2 - camera.x * scale, this.canvas.height / 2 - camera.y * scale);
    const view = { left: camera.x - width / 2, top: camera.y - height / 2, right: camera.x + width / 2, bottom: camera.y + height / 2 };
    this.stage.draw(ctx, { ...picture, zoom: camera.zoom, hover: this.hover, view });
  }
}
