// GL: the two passes of the board: ground from a tilemap, then all sprites in one call.
import { Brush, type Paint } from "./brush";
import { GLYPHS, hueOf, token } from "./glyphs";
import { type Look, paintTiles, TILE } from "./tiles";

export interface Camera {
  x: number; // cells, the middle of the view
  y: number;
  zoom: number; // CSS pixels a cell
}

const GROUND_VERTEX = `#version 300 es
void main() { gl_Position = vec4(vec2((gl_VertexID << 1) & 2, gl_VertexID & 2) * 2.0 - 1.0, 0, 1); }`;

const PLACE = `
uniform vec2 uMiddle; uniform float uZoom; uniform vec2 uSize; uniform vec2 uMap;
vec2 cellHere() { return (vec2(gl_FragCoord.x, uSize.y - gl_FragCoord.y) - uSize * 0.5) / uZoom + uMiddle; }`;

const GROUND_FRAGMENT = `#version 300 es
precision highp float; precision highp usampler2D; precision mediump sampler2DArray;
${PLACE}
uniform usampler2D uCells; uniform sampler2DArray uTiles; uniform sampler2D uShade;
uniform vec3 uVoid; uniform float uGrid; uniform float uShades; uniform int uLevel;
out vec4 colour;
void main() {
  vec2 at = cellHere();
  if (at.x < 0.0 || at.y < 0.0 || at.x >= uMap.x || at.y >= uMap.y) { colour = vec4(uVoid, 1); return; }
  vec2 cell = floor(at);
  vec2 inner = at - cell;
  float layer = float(texelFetch(uCells, ivec2(cell), 0).r);
  // One texel of the level that fits: filtering between eight takes software four times as long.
  vec3 rgb = texelFetch(uTiles, ivec3(inner * float(${TILE} >> uLevel), int(layer)), uLevel).rgb;
  if (layer < 6.0) rgb *= mod(cell.x + cell.y, 2.0) < 1.0 ? 1.018 : 0.982;
  if (uShades > 0.0) {
    vec4 shade = texelFetch(uShade, ivec2(cell), 0);
    rgb = mix(rgb, shade.rgb, shade.a * (layer < 6.0 || shade.a > 0.8 ? 1.0 : 0.3));
  }
  if (uGrid > 0.0) {
    vec2 edge = min(inner, 1.0 - inner) * uZoom;
    rgb = mix(rgb, vec3(0.5), 0.35 * step(min(edge.x, edge.y), 0.5));
  }
  colour = vec4(rgb, 1);
}`;

const COPY_FRAGMENT = `#version 300 es
precision mediump float;
uniform sampler2D uKept;
out vec4 colour;
void main() { colour = texelFetch(uKept, ivec2(gl_FragCoord.xy), 0); }`;

const SPRITE_VERTEX = `#version 300 es
layout(location = 0) in vec4 aPlace;  // x, y of the middle and size in cells, layer
layout(location = 1) in vec4 aTint;   // colour of the owner, opacity
uniform vec2 uMiddle; uniform float uZoom; uniform vec2 uSize;
out vec3 vAt; out vec4 vTint;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, (gl_VertexID >> 1) & 1);
  vec2 cell = aPlace.xy + (corner - 0.5) * aPlace.z;
  vec2 place = (cell - uMiddle) * uZoom / (uSize * 0.5);
  gl_Position = vec4(place.x, -place.y, 0, 1);
  vAt = vec3(corner, aPlace.w);
  vTint = aTint;
}`;

const SPRITE_FRAGMENT = `#version 300 es
precision mediump float; precision mediump sampler2DArray;
uniform sampler2DArray uGlyphs; uniform sampler2DArray uMarks;
in vec3 vAt; in vec4 vTint;
out vec4 colour;
void main() {
  vec4 base = texture(uGlyphs, vAt);
  if (base.a < 0.004) discard;
  float owned = texture(uMarks, vAt).a;
  colour = vec4(mix(base.rgb, base.rgb * vTint.rgb, min(owned, 1.0)), base.a) * vTint.a;
}`;

const GLYPH = 96;
const MOST_GLYPHS = 128;
const STRIDE = 8; // numbers of a corner
const CORNERS = 4; // each with the numbers of the whole sprite: software draws an instance as slowly as a call of its own

export class Painter {
  readonly gl: WebGL2RenderingContext;
  private ground: WebGLProgram;
  private copy: WebGLProgram;
  private sprites: WebGLProgram;
  private places = new Map<WebGLProgram, Map<string, WebGLUniformLocation | null>>();
  private tiles: WebGLTexture;
  private cells: WebGLTexture;
  private shade: WebGLTexture;
  private glyphs: WebGLTexture;
  private marks: WebGLTexture;
  private buffer: WebGLBuffer;
  private rows: WebGLVertexArrayObject;
  private nothing: WebGLVertexArrayObject;
  private known = new Map<string, number>();
  private isStale = false;
  private corners: WebGLBuffer;
  private cornersOf = 0;
  private data = new Float32Array(STRIDE * CORNERS * 256);
  private count = 0;
  private look: Look | null = null;
  private map: [number, number] = [1, 1];
  private kept: { frame: WebGLFramebuffer; texture: WebGLTexture; key: string } | null = null;
  private changes = 0;
  readonly isSoftware: boolean; // drawn by the processor, as in a container
  hasShade = false;
  hasGrid = false;

  constructor(canvas: HTMLCanvasElement) {
    const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, powerPreference: "low-power" });
    if (!gl) throw new Error("This browser draws no WebGL 2; the viewer needs it. Any browser since 2021 has it.");
    this.gl = gl;
    const about = gl.getExtension("WEBGL_debug_renderer_info");
    this.isSoftware = /swiftshader|llvmpipe|software/i.test(String(gl.getParameter(about ? about.UNMASKED_RENDERER_WEBGL : gl.RENDERER)));
    this.ground = this.program(GROUND_VERTEX, GROUND_FRAGMENT);
    this.copy = this.program(GROUND_VERTEX, COPY_FRAGMENT);
    this.sprites = this.program(SPRITE_VERTEX, SPRITE_FRAGMENT);
    const texture = () => gl.createTexture()!;
    [this.tiles, this.cells, this.shade, this.glyphs, this.marks] = [texture(), texture(), texture(), texture(), texture()];
    for (const array of [this.glyphs, this.marks]) {
      gl.bindTexture(gl.TEXTURE_2D_ARRAY, array);
      gl.texStorage3D(gl.TEXTURE_2D_ARRAY, 5, gl.RGBA8, GLYPH, GLYPH, MOST_GLYPHS);
      gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MIN_FILTER, this.isSoftware ? gl.LINEAR_MIPMAP_NEAREST : gl.LINEAR_MIPMAP_LINEAR);
      gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
      gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
      gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    }
    this.buffer = gl.createBuffer()!;
    this.corners = gl.createBuffer()!;
    this.nothing = gl.createVertexArray()!;
    this.rows = gl.createVertexArray()!;
    gl.bindVertexArray(this.rows);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    for (const index of [0, 1]) {
      gl.enableVertexAttribArray(index);
      gl.vertexAttribPointer(index, 4, gl.FLOAT, false, STRIDE * 4, index * 16);
    }
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.corners);
    gl.bindVertexArray(null);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  private program(vertex: string, fragment: string): WebGLProgram {
    const { gl } = this;
    const program = gl.createProgram()!;
    for (const [kind, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]] as const) {
      const shader = gl.createShader(kind)!;
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(`WebGL: ${gl.getProgramInfoLog(program)}`);
    return program;
  }

  private at(program: WebGLProgram, name: string): WebGLUniformLocation | null {
    let own = this.places.get(program);
    if (!own) this.places.set(program, (own = new Map()));
    if (!own.has(name)) own.set(name, this.gl.getUniformLocation(program, name));
    return own.get(name)!;
  }

  dress(look: Look): void {
    this.look = look;
    this.changes++;
    paintTiles(this.gl, this.tiles, look);
  }

  private flat(texture: WebGLTexture, filter: number): void {
    const { gl } = this;
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, filter);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, filter);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  }

  // Layer of each cell, [height × width].
  lay(layers: Uint8Array, width: number, height: number): void {
    const { gl } = this;
    this.map = [width, height];
    this.changes++;
    this.flat(this.cells, gl.NEAREST);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8UI, width, height, 0, gl.RED_INTEGER, gl.UNSIGNED_BYTE, layers);
  }

  // A colour over each cell of the ground, RGBA [height × width × 4].
  tint(colours: Uint8Array | null): void {
    const { gl } = this;
    this.hasShade = colours !== null;
    this.changes++;
    if (!colours) return;
    this.flat(this.shade, gl.NEAREST);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, this.map[0], this.map[1], 0, gl.RGBA, gl.UNSIGNED_BYTE, colours);
  }

  // The layer of a glyph, painted when it is first asked for.
  glyph(name: string, symbol = "?"): number {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const layer = this.known.size;
    if (layer >= MOST_GLYPHS) return 0;
    this.known.set(name, layer);
    const paint = painting(name, symbol);
    this.upload(this.glyphs, layer, paint, false);
    this.upload(this.marks, layer, paint, true);
    this.isStale = true;
    return layer;
  }

  private upload(texture: WebGLTexture, layer: number, paint: Paint, marksTeam: boolean): void {
    const { gl } = this;
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, texture);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
    const image = painted(paint, GLYPH, marksTeam);
    gl.texSubImage3D(gl.TEXTURE_2D_ARRAY, 0, 0, 0, layer, GLYPH, GLYPH, 1, gl.RGBA, gl.UNSIGNED_BYTE, image);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
  }

  clear(): void {
    this.count = 0;
  }

  // One sprite more: its middle and size in cells, its layer, the owner's colour and opacity.
  put(x: number, y: number, size: number, layer: number, tint: readonly [number, number, number], opacity = 1): void {
    const at = this.count++ * STRIDE * CORNERS;
    if (at + STRIDE * CORNERS > this.data.length) {
      const more = new Float32Array(this.data.length * 2);
      more.set(this.data);
      this.data = more;
    }
    const { data } = this;
    data[at] = x;
    data[at + 1] = y;
    data[at + 2] = size;
    data[at + 3] = layer;
    data[at + 4] = tint[0];
    data[at + 5] = tint[1];
    data[at + 6] = tint[2];
    data[at + 7] = opacity;
    data.copyWithin(at + STRIDE, at, at + STRIDE);
    data.copyWithin(at + 2 * STRIDE, at, at + 2 * STRIDE);
  }

  private aim(program: WebGLProgram, camera: Camera, ratio: number): void {
    const { gl } = this;
    gl.useProgram(program);
    gl.uniform2f(this.at(program, "uMiddle"), camera.x, camera.y);
    gl.uniform1f(this.at(program, "uZoom"), camera.zoom * ratio);
    gl.uniform2f(this.at(program, "uSize"), gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.uniform2f(this.at(program, "uMap"), ...this.map);
    if (this.look) gl.uniform3f(this.at(program, "uVoid"), ...this.look.void);
  }

  private bind(program: WebGLProgram, unit: number, name: string, kind: number, texture: WebGLTexture | null): void {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(kind, texture);
    gl.uniform1i(this.at(program, name), unit);
  }

  draw(camera: Camera, ratio: number): void {
    const { gl } = this;
    const [width, height] = [gl.drawingBufferWidth, gl.drawingBufferHeight];
    gl.viewport(0, 0, width, height);
    gl.disable(gl.BLEND);
    this.drawGround(camera, ratio, `${camera.x} ${camera.y} ${camera.zoom} ${this.hasGrid} ${width} ${height} ${this.changes}`);
    gl.enable(gl.BLEND);
    if (this.count) this.drawSprites(camera, ratio);
  }

  // The ground is drawn anew when something of it changed, else copied from the last time.
  private drawGround(camera: Camera, ratio: number, key: string): void {
    const { gl } = this;
    const [width, height] = [gl.drawingBufferWidth, gl.drawingBufferHeight];
    if (this.kept?.key !== key) {
      if (!this.kept) this.kept = { frame: gl.createFramebuffer()!, texture: gl.createTexture()!, key: "" };
      gl.bindTexture(gl.TEXTURE_2D, this.kept.texture);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, null);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
      gl.bindFramebuffer(gl.FRAMEBUFFER, this.kept.frame);
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.kept.texture, 0);
      this.paintGround(camera, ratio);
      this.kept.key = key;
    }
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    // A draw, for software takes several times as long to copy one buffer to another.
    gl.useProgram(this.copy);
    this.bind(this.copy, 0, "uKept", gl.TEXTURE_2D, this.kept.texture);
    gl.bindVertexArray(this.nothing);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  private paintGround(camera: Camera, ratio: number): void {
    const { gl } = this;
    this.aim(this.ground, camera, ratio);
    this.bind(this.ground, 0, "uTiles", gl.TEXTURE_2D_ARRAY, this.tiles);
    this.bind(this.ground, 1, "uCells", gl.TEXTURE_2D, this.cells);
    this.bind(this.ground, 2, "uShade", gl.TEXTURE_2D, this.hasShade ? this.shade : null);
    gl.uniform1f(this.at(this.ground, "uGrid"), this.hasGrid && camera.zoom > 5 ? 1 : 0);
    gl.uniform1f(this.at(this.ground, "uShades"), this.hasShade ? 1 : 0);
    const level = Math.floor(Math.log2(TILE / (camera.zoom * ratio)) + 0.5);
    gl.uniform1i(this.at(this.ground, "uLevel"), Math.min(Math.max(level, 0), 5));
    gl.bindVertexArray(this.nothing);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  private drawSprites(camera: Camera, ratio: number): void {
    const { gl } = this;
    this.aim(this.sprites, camera, ratio);
    this.bind(this.sprites, 0, "uGlyphs", gl.TEXTURE_2D_ARRAY, this.glyphs);
    if (this.isStale) gl.generateMipmap(gl.TEXTURE_2D_ARRAY);
    this.bind(this.sprites, 1, "uMarks", gl.TEXTURE_2D_ARRAY, this.marks);
    if (this.isStale) gl.generateMipmap(gl.TEXTURE_2D_ARRAY);
    this.isStale = false;
    gl.bindVertexArray(this.rows);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, this.data.subarray(0, this.count * STRIDE * CORNERS), gl.DYNAMIC_DRAW);
    if (this.cornersOf < this.count) this.join(this.data.length / STRIDE / CORNERS);
    gl.drawElements(gl.TRIANGLES, this.count * 6, gl.UNSIGNED_INT, 0);
  }

  // Two triangles of each sprite's four corners.
  private join(sprites: number): void {
    const order = new Uint32Array(sprites * 6);
    for (let sprite = 0; sprite < sprites; sprite++)
      [0, 1, 2, 2, 1, 3].forEach((corner, place) => (order[sprite * 6 + place] = sprite * CORNERS + corner));
    this.gl.bufferData(this.gl.ELEMENT_ARRAY_BUFFER, order, this.gl.STATIC_DRAW);
    this.cornersOf = sprites;
  }
}

// How a glyph is painted: by its name, by the name without the prefix of its team, or as a token.
export function painting(name: string, symbol = "?"): Paint {
  const own = name.slice(name.indexOf(":") + 1);
  return GLYPHS[name] ?? GLYPHS[own] ?? GLYPHS[own.replace(/_(?:\d+|[a-z])$/, "")] ?? token(symbol, hueOf(own));
}

export function painted(paint: Paint, size: number, marksTeam: boolean): ImageData {
  const canvas = new OffscreenCanvas(size, size);
  const ctx = canvas.getContext("2d", { willReadFrequently: true }) as unknown as CanvasRenderingContext2D;
  ctx.scale(size, size);
  paint(new Brush(ctx, marksTeam));
  return ctx.getImageData(0, 0, size, size);
}

const SEEN = new Map<string, [number, number, number]>();

export function rgb(colour: string): [number, number, number] {
  let found = SEEN.get(colour);
  if (!found) {
    const value = Number.parseInt(colour.slice(1), 16);
    found = [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
    SEEN.set(colour, found);
  }
  return found;
}
