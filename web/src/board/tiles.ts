// Tiles: the pictures of floor and wall, and which of them lies where.

export const FLOORS = 6;
const LAYERS = FLOORS + 16;
export const TILE = 48;
const SIZE = TILE;

export interface Look {
  void: [number, number, number];
  floor: string;
  speck: string[];
  wall: string;
  lit: string;
  face: string;
  seam: string;
  deep: string; // inside the rock
}

export const LOOKS: Record<"dark" | "light", Look> = {
  dark: {
    void: [0.07, 0.075, 0.095],
    floor: "#2a2d38", speck: ["#323644", "#242731", "#373b4a"],
    wall: "#525a70", lit: "#717b95", face: "#333847", seam: "#434a5d", deep: "#3a4052",
  },
  light: {
    void: [0.9, 0.875, 0.82],
    floor: "#f0e8d6", speck: ["#e6dcc5", "#f7f1e3", "#dfd3b8"],
    wall: "#b7a88c", lit: "#d3c6aa", face: "#8a7b62", seam: "#a39478", deep: "#a2937a",
  },
};

// Small steady noise, so that a cell looks the same at every visit.
function dice(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) >>> 0;
    return (state >>> 8) / (1 << 24);
  };
}

function floor(ctx: CanvasRenderingContext2D, look: Look, seed: number): void {
  ctx.fillStyle = look.floor;
  ctx.fillRect(0, 0, SIZE, SIZE);
  const roll = dice(seed + 3);
  const unit = SIZE / 16;
  for (let k = 0; k < 3 + seed * 2; k++) {
    ctx.fillStyle = look.speck[Math.floor(roll() * look.speck.length)]!;
    const [x, y] = [1 + Math.floor(roll() * 13), 1 + Math.floor(roll() * 13)];
    ctx.fillRect(x * unit, y * unit, unit * (roll() < 0.4 ? 2 : 1), unit);
  }
}

// Bits of the mask: a wall to the north 1, east 2, south 4, west 8.
function wall(ctx: CanvasRenderingContext2D, look: Look, mask: number): void {
  floor(ctx, look, 0);
  const [north, east, south, west] = [1, 2, 4, 8].map((bit) => (mask & bit) !== 0) as [boolean, boolean, boolean, boolean];
  const round = SIZE * 0.26;
  const corner = (a: boolean, b: boolean) => (a || b ? 0 : round);
  const radii = [corner(north, west), corner(north, east), corner(south, east), corner(south, west)];
  ctx.save();
  ctx.beginPath();
  ctx.roundRect(0, 0, SIZE, SIZE, radii);
  ctx.clip();
  ctx.fillStyle = mask === 15 ? look.deep : look.wall;
  ctx.fillRect(0, 0, SIZE, SIZE);
  ctx.fillStyle = look.seam;
  const roll = dice(mask + 40);
  for (let k = 0; k < 4; k++) {
    const unit = SIZE / 16;
    ctx.fillRect(Math.floor(roll() * 14) * unit, Math.floor(roll() * 12) * unit, unit * (1 + Math.floor(roll() * 2)), unit);
  }
  if (!south) {
    ctx.fillStyle = look.face;
    ctx.fillRect(0, SIZE * 0.68, SIZE, SIZE * 0.32);
    ctx.fillStyle = look.seam;
    ctx.fillRect(0, SIZE * 0.68, SIZE, SIZE * 0.05);
    ctx.fillRect(SIZE * (mask & 1 ? 0.3 : 0.6), SIZE * 0.73, SIZE * 0.04, SIZE * 0.27);
  }
  ctx.fillStyle = look.lit;
  if (!north) ctx.fillRect(0, 0, SIZE, SIZE * 0.1);
  if (!west) ctx.fillRect(0, 0, SIZE * 0.06, SIZE * (south ? 1 : 0.68));
  ctx.fillStyle = look.face;
  if (!east) ctx.fillRect(SIZE * 0.94, 0, SIZE * 0.06, SIZE);
  ctx.restore();
}

// All tiles as layers of one texture.
export function paintTiles(gl: WebGL2RenderingContext, texture: WebGLTexture, look: Look): void {
  const canvas = new OffscreenCanvas(SIZE, SIZE * LAYERS);
  const ctx = canvas.getContext("2d", { willReadFrequently: true }) as unknown as CanvasRenderingContext2D;
  for (let layer = 0; layer < LAYERS; layer++) {
    ctx.save();
    ctx.translate(0, layer * SIZE);
    ctx.beginPath();
    ctx.rect(0, 0, SIZE, SIZE);
    ctx.clip();
    if (layer < FLOORS) floor(ctx, look, layer);
    else wall(ctx, look, layer - FLOORS);
    ctx.restore();
  }
  const data = ctx.getImageData(0, 0, SIZE, SIZE * LAYERS).data;
  gl.bindTexture(gl.TEXTURE_2D_ARRAY, texture);
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
  gl.texImage3D(gl.TEXTURE_2D_ARRAY, 0, gl.RGBA8, SIZE, SIZE, LAYERS, 0, gl.RGBA, gl.UNSIGNED_BYTE, data);
  gl.generateMipmap(gl.TEXTURE_2D_ARRAY);
  gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MIN_FILTER, gl.NEAREST_MIPMAP_NEAREST);
  gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
}

// Layer of each cell: a floor, or the wall that fits its neighbours; the edge of the map counts as wall.
export function layers(tiles: Uint16Array, width: number, height: number, isWall: boolean[]): Uint8Array {
  const found = new Uint8Array(width * height);
  const solid = (row: number, col: number) =>
    row < 0 || col < 0 || row >= height || col >= width || isWall[tiles[row * width + col]!] === true;
  for (let row = 0; row < height; row++)
    for (let col = 0; col < width; col++) {
      const cell = row * width + col;
      if (!solid(row, col)) {
        const roll = ((Math.imul(row + 11, 7919) ^ Math.imul(col + 5, 104729)) >>> 3) % 11;
        found[cell] = roll < FLOORS ? roll : 0;
        continue;
      }
      const mask =
        (solid(row - 1, col) ? 1 : 0) | (solid(row, col + 1) ? 2 : 0) | (solid(row + 1, col) ? 4 : 0) | (solid(row, col - 1) ? 8 : 0);
      found[cell] = FLOORS + mask;
    }
  return found;
}
