// Prospector's star map: sky, lanes, fields and station, and the ship at its work.
import { box, INK, line, oval, shape } from "$board/brush";
import type { Point } from "$chart/layout";
import type { Box, Picture } from "$chart/stage";
import {
  along, hash, heat, isLaid, orbit, ORBIT, NODE, ORE, ORES, placesOf, type Scene, type Scenery, sceneOf, sceneryOf, seen, threatOf, whole,
} from "./view_scene";

function look(dark: boolean) {
  return dark
    ? { deep: ["#1d2340", "#0c0e1a"], star: "#dfe6ff", ink: "#0b0c14", text: "#e9e4d8", faint: "rgba(233, 228, 216, 0.55)", guess: "rgba(160, 166, 190, 0.4)", rock: ["#8d8494", "#6a6273"] }
    : { deep: ["#fbf6ea", "#e8dfcb"], star: "#b9a888", ink: "#2b2433", text: "#2c2738", faint: "rgba(44, 39, 56, 0.6)", guess: "rgba(110, 100, 90, 0.4)", rock: ["#b3a89d", "#8f8478"] };
}

type Ink = CanvasRenderingContext2D;

// Writes in pixels, whatever the zoom.
function write(ctx: Ink, zoom: number, text: string, [x, y]: Point, size: number, colour: string, weight = 600): void {
  ctx.save();
  ctx.translate(x, y);
  ctx.scale(1 / zoom, 1 / zoom);
  ctx.font = `${weight} ${size}px ui-rounded, system-ui, sans-serif`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillStyle = colour;
  ctx.fillText(text, 0, 0);
  ctx.restore();
}

const STARS = 170;
const TWINKLING = 22; // the rest stand still

function star(ctx: Ink, { view, zoom, dark }: Picture, number: number, light: number): void {
  const [width, height] = [view.right - view.left, view.bottom - view.top];
  const wrap = (value: number) => value - Math.floor(value);
  const far = (0.05 + 0.2 * hash(number, 3)) / 20; // the farther, the less it moves with the map
  const x = view.left + wrap(hash(number, 1) - (view.left + view.right) * far) * width;
  const y = view.top + wrap(hash(number, 2) - (view.top + view.bottom) * far) * height;
  ctx.globalAlpha = (dark ? 0.85 : 0.5) * (0.25 + 0.75 * hash(number, 4)) * light;
  ctx.fillStyle = look(dark).star;
  ctx.fill(oval(x, y, (0.5 + 1.1 * hash(number, 6) ** 3) / zoom));
  ctx.globalAlpha = 1;
}

function twinkle(ctx: Ink, picture: Picture): void {
  for (let number = 0; number < TWINKLING; number++) star(ctx, picture, number, 0.6 + 0.4 * Math.sin(picture.seconds * (0.6 + hash(number, 5)) + number));
}

function sky(ctx: Ink, picture: Picture): void {
  const { view, dark } = picture;
  const colours = look(dark);
  const [width, height] = [view.right - view.left, view.bottom - view.top];
  const [cx, cy] = [(view.left + view.right) / 2, (view.top + view.bottom) / 2];
  const glow = ctx.createRadialGradient(cx - width * 0.2, cy - height * 0.25, 0, cx, cy, Math.hypot(width, height) * 0.62);
  colours.deep.forEach((colour, index) => glow.addColorStop(index, colour));
  ctx.fillStyle = glow;
  ctx.fillRect(view.left, view.top, width, height);
  for (let number = TWINKLING; number < STARS; number++) star(ctx, picture, number, 1);
}

// What stays as it is from picture to picture is painted once, as long as nothing of it changes.
interface Layer { canvas: OffscreenCanvas; made: unknown[] }
const kept = new WeakMap<HTMLCanvasElement, Map<string, Layer>>();

function still(ctx: Ink, slot: string, picture: Picture, depends: unknown[], paint: (ctx: Ink) => void): void {
  const { view } = picture;
  const scale = ctx.getTransform().a;
  const [width, height] = [view.right - view.left, view.bottom - view.top];
  const made = [scale, view.left, view.top, width, height, ...depends];
  const layers = kept.get(ctx.canvas) ?? new Map<string, Layer>();
  kept.set(ctx.canvas, layers);
  const layer = layers.get(slot) ?? { canvas: new OffscreenCanvas(1, 1), made: [] };
  layers.set(slot, layer);
  if (made.some((part, index) => part !== layer.made[index])) {
    layer.made = made;
    layer.canvas.width = Math.max(Math.round(width * scale), 1);
    layer.canvas.height = Math.max(Math.round(height * scale), 1);
    const own = layer.canvas.getContext("2d") as unknown as Ink;
    own.setTransform(scale, 0, 0, scale, -view.left * scale, -view.top * scale);
    paint(own);
  }
  ctx.drawImage(layer.canvas, view.left, view.top, width, height);
}

// Whether something of the box between two points, with some room, can be seen.
function shows(view: Box, [ax, ay]: Point, [bx, by]: Point = [ax, ay]): boolean {
  const room = 0.6;
  return Math.max(ax, bx) + room > view.left && Math.min(ax, bx) - room < view.right && Math.max(ay, by) + room > view.top && Math.min(ay, by) - room < view.bottom;
}

function lanes(ctx: Ink, picture: Picture, scenery: Scenery, scene: Scene): void {
  const { zoom, truth, dark } = picture;
  const at = placesOf(scenery);
  scenery.nodes.forEach((node, from) => {
    for (const lane of node.lanes) {
      const isNear = from === scene.node || lane.node === scene.node;
      if (!shows(picture.view, at[from]!, at[lane.node]!)) continue;
      if (lane.node < from || !isLaid(scene, from, lane.node, truth)) continue;
      const { value, isGuess } = threatOf(scenery, scene, from, lane.node, truth);
      const path = new Path2D();
      for (let part = 0; part <= 16; part++) path.lineTo(...along(scenery, from, lane.node, part / 16));
      if (isNear) {
        ctx.strokeStyle = isGuess ? look(dark).guess : heat(value, 0.25);
        ctx.lineWidth = 7 / zoom;
        ctx.stroke(path);
      }
      ctx.strokeStyle = isGuess ? look(dark).guess : heat(value, isNear ? 1 : 0.62);
      ctx.lineWidth = (isNear ? 2.4 : 1.5) / zoom;
      ctx.setLineDash(isGuess ? [5 / zoom, 5 / zoom] : []);
      ctx.stroke(path);
      ctx.setLineDash([]);
      // A bead for each tick on the way.
      ctx.fillStyle = isGuess ? look(dark).guess.replace("0.4", "0.8") : heat(value, isNear ? 1 : 0.7);
      for (let tick = 1; tick < lane.ticks; tick++) ctx.fill(oval(...along(scenery, from, lane.node, tick / lane.ticks), (isNear ? 2.6 : 1.9) / zoom));
    }
  });
  for (const lane of zoom < LEGIBLE ? [] : scenery.nodes[scene.node]!.lanes) {
    const [x, y] = along(scenery, scene.node, lane.node, 0.5);
    const text = `${lane.ticks} t`;
    ctx.fillStyle = dark ? "rgba(12, 14, 26, 0.8)" : "rgba(251, 246, 234, 0.85)";
    ctx.fill(box(x - 15 / zoom, y - 9 / zoom, 30 / zoom, 18 / zoom, 9 / zoom));
    write(ctx, zoom, text, [x, y], 11, look(dark).text);
  }
}

const rocks = new Map<number, Path2D>();
// A lump of radius 1.
function lump(kind: number): Path2D {
  let path = rocks.get(kind);
  if (path) return path;
  path = new Path2D();
  for (let corner = 0; corner < 9; corner++) {
    const angle = ((corner + 0.4 * hash(corner, kind)) / 9) * Math.PI * 2;
    const far = 0.78 + 0.34 * hash(corner + 40, kind);
    path.lineTo(Math.cos(angle) * far, Math.sin(angle) * far);
  }
  path.closePath();
  rocks.set(kind, path);
  return path;
}

function stone(ctx: Ink, [x, y]: Point, size: number, kind: number, light: string, dim: string, ink: string): void {
  ctx.save();
  ctx.translate(x, y);
  ctx.scale(size, size);
  const path = lump(kind % 12);
  ctx.lineWidth = 0.28;
  ctx.strokeStyle = ink;
  ctx.stroke(path);
  ctx.fillStyle = dim;
  ctx.fill(path);
  ctx.save();
  ctx.clip(path);
  ctx.fillStyle = light;
  ctx.fill(oval(-0.3, -0.35, 0.95, 0.85));
  ctx.fillStyle = "rgba(0, 0, 0, 0.16)";
  ctx.fill(oval(0.2, 0.1, 0.2));
  ctx.fill(oval(-0.35, -0.2, 0.14));
  ctx.restore();
  ctx.restore();
}

function station(ctx: Ink, [x, y]: Point, seconds: number, ink: string): void {
  ctx.save();
  ctx.translate(x, y);
  ctx.scale(1.15, 1.15);
  ctx.lineJoin = "round";
  ctx.fillStyle = "rgba(127, 208, 191, 0.16)";
  ctx.fill(oval(0, 0, 0.42));
  ctx.rotate(seconds * 0.12);
  ctx.lineWidth = 0.11;
  ctx.strokeStyle = ink;
  ctx.stroke(oval(0, 0, 0.255));
  ctx.lineWidth = 0.065;
  ctx.strokeStyle = "#d9d3c4";
  ctx.stroke(oval(0, 0, 0.255));
  for (let arm = 0; arm < 4; arm++) {
    ctx.rotate(Math.PI / 2);
    ctx.fillStyle = ink;
    ctx.fill(box(0.06, -0.045, 0.16, 0.09));
    ctx.fillStyle = "#b9b2a4";
    ctx.fill(box(0.06, -0.025, 0.17, 0.05));
    ctx.fillStyle = ink;
    ctx.fill(box(0.22, -0.08, 0.1, 0.16, 0.03));
    ctx.fillStyle = "#4f86b8";
    ctx.fill(box(0.24, -0.06, 0.06, 0.12, 0.015));
    const isLit = (seconds * 1.3 + arm * 0.5) % 2 < 1;
    ctx.fillStyle = isLit ? "#ffd75e" : "#a8742c";
    ctx.fill(oval(0.18, 0.18, 0.022));
  }
  ctx.fillStyle = ink;
  ctx.fill(oval(0, 0, 0.135));
  ctx.fillStyle = "#f4ead2";
  ctx.fill(oval(0, 0, 0.11));
  ctx.fillStyle = "#37b3a0";
  ctx.fill(oval(0, 0, 0.06));
  ctx.fillStyle = "rgba(255, 255, 255, 0.7)";
  ctx.fill(oval(-0.025, -0.025, 0.02));
  ctx.restore();
}

function field(ctx: Ink, picture: Picture, scenery: Scenery, scene: Scene, index: number): void {
  const { dark, zoom } = picture;
  const node = scenery.nodes[index]!;
  const at = placesOf(scenery)[index]!;
  const known = scene.known[index];
  const isHere = scene.node === index;
  const colours = look(dark);
  if (node.kind === "hazard") storm(ctx, at, index, known || picture.truth ? 1 : 0.7);
  if (!known && !isHere) ctx.globalAlpha = 0.55;
  if (!isHere)
    for (let rock = 0; rock < 5; rock++) {
      const angle = rock * 1.257 + index;
      const far = rock ? NODE * 0.72 : 0;
      const size = NODE * (rock ? 0.3 + 0.22 * hash(rock, index) : 0.5);
      stone(ctx, [at[0] + Math.cos(angle) * far, at[1] + Math.sin(angle) * far], size, index + rock * 5, colours.rock[0]!, colours.rock[1]!, colours.ink);
    }
  ctx.globalAlpha = 1;
  if (!known) return;
  // How much is left there.
  ctx.lineWidth = (isHere ? 2 : 3) / zoom;
  ctx.strokeStyle = dark ? "rgba(255, 255, 255, 0.12)" : "rgba(0, 0, 0, 0.1)";
  ctx.stroke(oval(...at, NODE * 1.75));
  ctx.strokeStyle = isHere ? "rgba(255, 215, 94, 0.9)" : dark ? "#7fd0bf" : "#2f8f80";
  const rest = new Path2D();
  rest.arc(at[0], at[1], NODE * 1.75, -Math.PI / 2, -Math.PI / 2 + Math.PI * 2 * (known.left ?? 1));
  ctx.stroke(rest);
}

function storm(ctx: Ink, [x, y]: Point, seed: number, opacity: number): void {
  for (let cloud = 0; cloud < 3; cloud++) {
    const angle = cloud * 2.1 + seed;
    const [cx, cy] = [x + Math.cos(angle) * 0.08, y + Math.sin(angle) * 0.08];
    const haze = ctx.createRadialGradient(cx, cy, 0, cx, cy, 0.4);
    haze.addColorStop(0, `rgba(226, 96, 60, ${0.34 * opacity})`);
    haze.addColorStop(1, "rgba(226, 96, 60, 0)");
    ctx.fillStyle = haze;
    ctx.fill(oval(cx, cy, 0.4));
  }
}

// The colour of what an asteroid is thought to hold most, the paler the less is known.
function oreOf(mix: number[]): string {
  return ORE[ORES[mix.indexOf(Math.max(...mix))]!]!;
}

function asteroids(ctx: Ink, picture: Picture, scenery: Scenery, scene: Scene): void {
  const { dark, truth, zoom, hover, seconds } = picture;
  const colours = look(dark);
  ctx.strokeStyle = dark ? "rgba(255, 255, 255, 0.09)" : "rgba(0, 0, 0, 0.09)";
  ctx.lineWidth = 1 / zoom;
  if (scene.asteroids.length) ctx.stroke(oval(...placesOf(scenery)[scene.node]!, ORBIT));
  scene.asteroids.forEach((rock, slot) => {
    const at = orbit(scenery, scene.node, slot);
    const own = scenery.nodes[scene.node]!.asteroids[slot]!;
    const left = 1 - rock.depletion;
    const rich = truth ? own.richness : rock.assay || 1;
    const size = (0.03 + 0.022 * Math.sqrt(rich)) * (0.45 + 0.55 * left) * Math.max(1, 60 / zoom);
    if (!left) ctx.globalAlpha = 0.35;
    stone(ctx, at, size, slot + scene.node, left ? mixed(colours.rock[0]!, oreOf(truth ? own.mix : rock.mix), truth ? 0.85 : rock.confidence) : colours.rock[1]!, colours.rock[1]!, colours.ink);
    ctx.globalAlpha = 1;
    if (rock.stabilized) ring(ctx, at, size * 1.7, "#7fc4f0", 1.6 / zoom);
    if (slot === scene.selected) {
      ring(ctx, at, size * 1.9 + 0.008 * Math.sin(seconds * 4), "#ffd75e", 2.2 / zoom);
    } else if (hover === `rock:${slot}`) ring(ctx, at, size * 1.8, colours.text, 1.5 / zoom);
  });
}

function ring(ctx: Ink, at: Point, radius: number, colour: string, width: number): void {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.stroke(oval(...at, radius));
}

function mixed(one: string, other: string, share: number): string {
  const part = (text: string, at: number) => parseInt(text.slice(at, at + 2), 16);
  return `rgb(${[1, 3, 5].map((at) => Math.round(part(one, at) * (1 - share) + part(other, at) * share)).join()})`;
}

// ---- the ship ------------------------------------------------------------------------------------------------

// Where it floats while it stays: beside the asteroid it works on, else beside its node.
function berth(scenery: Scenery, scene: Scene): Point {
  const [x, y] = placesOf(scenery)[scene.node]!;
  if (scene.selected >= 0) {
    const [ax, ay] = orbit(scenery, scene.node, scene.selected);
    return [x + (ax - x) * 0.42, y + (ay - y) * 0.42];
  }
  return scene.node ? [x, y] : [x, y - 0.36];
}

interface Pose { at: Point; turn: number; flies: boolean }

function pose({ before, share, seconds }: Picture, scenery: Scenery, scene: Scene): Pose {
  const then = before && sceneOf(before);
  const to = berth(scenery, scene);
  if (!then || share >= 1) {
    const rock = scene.selected >= 0 ? orbit(scenery, scene.node, scene.selected) : null;
    const turn = rock ? Math.atan2(rock[1] - to[1], rock[0] - to[0]) : -Math.PI / 2 + 0.12 * Math.sin(seconds);
    return { at: [to[0], to[1] + 0.012 * Math.sin(seconds * 1.7)], turn, flies: false };
  }
  const from = berth(scenery, then);
  const eased = share * share * (3 - 2 * share);
  const path = (t: number): Point => {
    const [sx, sy] = placesOf(scenery)[then.node]!;
    const [ex, ey] = placesOf(scenery)[scene.node]!;
    const [x, y] = then.node === scene.node ? [sx, sy] : along(scenery, then.node, scene.node, t);
    return [x + (from[0] - sx) * (1 - t) + (to[0] - ex) * t, y + (from[1] - sy) * (1 - t) + (to[1] - ey) * t];
  };
  const [at, next] = [path(eased), path(Math.min(eased + 0.02, 1.02))];
  const moves = Math.hypot(to[0] - from[0], to[1] - from[1]) > 0.02;
  return { at, turn: moves ? Math.atan2(next[1] - at[1], next[0] - at[0]) : -Math.PI / 2, flies: then.node !== scene.node };
}

const sizeAt = (zoom: number) => Math.max(0.27, 30 / zoom); // of the ship, in units

function ship(ctx: Ink, { zoom, seconds, dark }: Picture, scene: Scene, { at, turn, flies }: Pose): void {
  const size = sizeAt(zoom);
  if (scene.escape > 0) halo(ctx, at, size * 1.5, "120, 220, 255", 0.4);
  if (scene.ship.heat! > 70) halo(ctx, at, size * 1.3, "240, 110, 50", (scene.ship.heat! - 60) / 80);
  ctx.save();
  ctx.translate(...at);
  ctx.rotate(turn + Math.PI / 2);
  ctx.scale(size, size);
  ctx.lineJoin = "round";
  if (flies || scene.escape > 0) {
    const tail = 0.95 + 0.14 * Math.sin(seconds * 31);
    ctx.fillStyle = scene.escape > 0 ? "#7fd6ff" : "#ff9d3c";
    ctx.fill(shape([-0.14, 0.42], [0.14, 0.42], [0, tail]));
    ctx.fillStyle = "#fff3b8";
    ctx.fill(shape([-0.07, 0.42], [0.07, 0.42], [0, 0.42 + (tail - 0.42) * 0.55]));
  }
  const part = (path: Path2D, colour: string) => {
    ctx.strokeStyle = dark ? "#0b0c14" : INK;
    ctx.lineWidth = 0.11;
    ctx.stroke(path);
    ctx.fillStyle = colour;
    ctx.fill(path);
  };
  part(shape([-0.2, 0.02], [-0.46, 0.36], [-0.4, 0.5], [-0.16, 0.36]), "#e8604c");
  part(shape([0.2, 0.02], [0.46, 0.36], [0.4, 0.5], [0.16, 0.36]), "#e8604c");
  part(box(-0.12, 0.34, 0.24, 0.12, 0.04), "#5a5566");
  const body = new Path2D("M0 -0.56 C0.2 -0.4 0.27 -0.1 0.22 0.38 H-0.22 C-0.27 -0.1 -0.2 -0.4 0 -0.56 Z");
  part(body, "#fff3da");
  ctx.save();
  ctx.clip(body);
  ctx.fillStyle = "#e3d3b4";
  ctx.fillRect(0.05, -0.6, 0.3, 1);
  ctx.fillStyle = "#e8604c";
  ctx.fillRect(-0.3, 0.2, 0.6, 0.08);
  ctx.restore();
  part(oval(0, -0.14, 0.1), scene.ship.hull! < 30 ? "#ff9a8b" : "#8fd6ee");
  ctx.fillStyle = "#ffffffcc";
  ctx.fill(oval(-0.03, -0.17, 0.03));
  ctx.restore();
}

function halo(ctx: Ink, [x, y]: Point, radius: number, colour: string, opacity: number): void {
  const glow = ctx.createRadialGradient(x, y, radius * 0.2, x, y, radius);
  glow.addColorStop(0, `rgba(${colour}, ${opacity})`);
  glow.addColorStop(1, `rgba(${colour}, 0)`);
  ctx.fillStyle = glow;
  ctx.fill(oval(x, y, radius));
}

const BEAMS: Record<string, string> = { mine_conservative: "#7fe0c0", mine_standard: "#ffd75e", mine_aggressive: "#ff7a5c", focused_scan: "#8fd6ee", deep_scan: "#8fd6ee" };

// What the last action looks like: a beam, rings of a scanner.
function works(ctx: Ink, picture: Picture, scenery: Scenery, scene: Scene, at: Point): void {
  const { zoom, seconds, frame } = picture;
  const action = frame.agents[0]?.action ?? "";
  const beam = BEAMS[action];
  if (beam && scene.selected >= 0) {
    const rock = orbit(scenery, scene.node, scene.selected);
    ctx.lineCap = "round";
    ctx.globalAlpha = 0.3;
    ctx.strokeStyle = beam;
    ctx.lineWidth = 7 / zoom;
    ctx.stroke(line(at, rock));
    ctx.globalAlpha = 0.95;
    ctx.lineWidth = (1.6 + 0.7 * Math.sin(seconds * 23)) / zoom;
    ctx.stroke(line(at, rock));
    ctx.globalAlpha = 1;
    if (action.startsWith("mine"))
      for (let chip = 0; chip < 6; chip++) {
        const t = (seconds * (0.6 + 0.3 * hash(chip, 9)) + hash(chip, 8)) % 1;
        ctx.fillStyle = oreOf(scene.asteroids[scene.selected]!.mix);
        const [dx, dy] = [(hash(chip, 7) - 0.5) * 0.1 * t, (hash(chip, 6) - 0.5) * 0.1 * t];
        ctx.fill(oval(rock[0] + (at[0] - rock[0]) * t + dx, rock[1] + (at[1] - rock[1]) * t + dy, 2.2 / zoom));
      }
  }
  if (action === "wide_scan" || action === "passive_threat_listen")
    for (let wave = 0; wave < 3; wave++) {
      const t = (seconds * 0.55 + wave / 3) % 1;
      ring(ctx, at, 0.12 + t * (action === "wide_scan" ? 0.55 : 0.95), `rgba(143, 214, 238, ${0.75 * (1 - t)})`, 1.8 / zoom);
    }
}

interface Event { text: string; colour: string; kind: string }

function happened({ before }: Picture, scene: Scene): Event[] {
  const then = before && sceneOf(before).counts;
  if (!then) return [];
  const more = (name: string) => scene.counts[name]! - then[name]!;
  const found: Event[] = [];
  if (more("pirates") > 0) found.push({ text: "pirates!", colour: "#ff8a78", kind: "pirates" });
  if (more("fractures") > 0) found.push({ text: "fracture!", colour: "#ffb45e", kind: "fracture" });
  if (more("earned") > 0.5) found.push({ text: `+${whole(more("earned"))} cr`, colour: "#7fe0a8", kind: "sold" });
  if (more("spent") > 0) found.push({ text: `−${whole(more("spent"))} cr`, colour: "#ffd75e", kind: "spent" });
  if (more("overheated") > 0) found.push({ text: "too hot", colour: "#ff8a78", kind: "hot" });
  return found;
}

function events(ctx: Ink, picture: Picture, scene: Scene, at: Point): void {
  const { zoom, share, seconds, dark } = picture;
  happened(picture, scene).forEach((event, index) => {
    const y = at[1] - sizeAt(zoom) * 0.75 - (6 + 22 * index + 9 * share) / zoom;
    const wide = (event.text.length * 7.5 + 18) / zoom;
    ctx.fillStyle = dark ? "rgba(12, 14, 26, 0.85)" : "rgba(43, 36, 51, 0.9)";
    ctx.fill(box(at[0] - wide / 2, y - 10 / zoom, wide, 20 / zoom, 10 / zoom));
    write(ctx, zoom, event.text, [at[0], y], 12, event.colour, 700);
    if (event.kind === "pirates") raider(ctx, [at[0] + (0.34 - 0.1 * share) * Math.max(1, 70 / zoom), at[1] - 0.14], zoom, seconds);
    if (event.kind === "fracture") burst(ctx, at, zoom, share, "#ffb45e");
  });
  if (scene.end === "destroyed") burst(ctx, at, zoom, 1, "#ff8a5c");
}

// A pirate: a dark little dart with one red eye.
function raider(ctx: Ink, [x, y]: Point, zoom: number, seconds: number): void {
  const size = Math.max(0.16, 16 / zoom);
  ctx.save();
  ctx.translate(x, y + 0.02 * Math.sin(seconds * 6));
  ctx.scale(size, size);
  ctx.lineJoin = "round";
  const hull = shape([-0.6, 0.05], [0.2, -0.45], [0.7, -0.3], [0.35, 0], [0.7, 0.35], [0.15, 0.45]);
  ctx.lineWidth = 0.16;
  ctx.strokeStyle = "#ff8a78";
  ctx.stroke(hull);
  ctx.fillStyle = "#2a2233";
  ctx.fill(hull);
  ctx.fillStyle = "#ff5a4a";
  ctx.fill(oval(-0.08, 0.02, 0.13));
  ctx.restore();
}

function burst(ctx: Ink, [x, y]: Point, zoom: number, share: number, colour: string): void {
  ctx.strokeStyle = colour;
  ctx.lineWidth = 2.4 / zoom;
  for (let ray = 0; ray < 11; ray++) {
    const angle = (ray / 11) * Math.PI * 2 + 0.3;
    const [near, far] = [0.12 + 0.1 * share, 0.17 + (0.1 + 0.1 * hash(ray, 2)) * (0.4 + share)];
    ctx.stroke(line([x + Math.cos(angle) * near, y + Math.sin(angle) * near], [x + Math.cos(angle) * far, y + Math.sin(angle) * far]));
  }
}

// The map, and where it is drawn small the neighbourhood of the ship through a glass in a free corner.
export function draw(ctx: Ink, picture: Picture): void {
  world(ctx, "map", picture);
  if (picture.zoom < CLOSE * 0.8) glass(ctx, picture);
}

const CLOSE = 205; // pixels a unit under the glass
const LEGIBLE = 38; // and from which on numbers of lanes have room

function glass(ctx: Ink, picture: Picture): void {
  const { head, view, zoom, dark, frame, before, share } = picture;
  const [scenery, scene] = [sceneryOf(head), sceneOf(frame)];
  const [width, height] = [view.right - view.left, view.bottom - view.top];
  const radius = Math.min(124 / zoom, width * 0.19, height * 0.2);
  const gap = 14 / zoom;
  const corners: Point[] = [
    [view.left + gap + radius, view.bottom - gap - radius], [view.right - gap - radius, view.bottom - gap - radius], [view.right - gap - radius, view.top + gap + radius],
  ];
  // The corner with the most room on the whole map, so that it stays while one watches.
  const room = ([x, y]: Point) => Math.min(...placesOf(scenery).map(([nx, ny]) => Math.hypot(nx - x, ny - y)));
  const at = corners.reduce((best, corner) => (room(corner) > room(best) + 0.05 ? corner : best));
  const then = before && share < 1 ? sceneOf(before).node : scene.node;
  const eased = share * share * (3 - 2 * share);
  const [cx, cy] = then === scene.node ? placesOf(scenery)[scene.node]! : along(scenery, then, scene.node, eased);
  const near = (radius * zoom) / (ORBIT + 0.2);
  ctx.save();
  ctx.fillStyle = dark ? "rgba(0, 0, 0, 0.4)" : "rgba(90, 74, 42, 0.25)";
  ctx.fill(oval(at[0] + 2 / zoom, at[1] + 4 / zoom, radius + 3 / zoom));
  ctx.save();
  ctx.clip(oval(...at, radius));
  const scale = near / zoom;
  ctx.translate(at[0] - cx * scale, at[1] - cy * scale);
  ctx.scale(scale, scale);
  const half = radius / scale;
  const inner = { ...picture, zoom: near, view: { left: cx - half, right: cx + half, top: cy - half, bottom: cy + half } };
  world(ctx, "glass", inner);
  ctx.restore();
  ring(ctx, at, radius, dark ? "#3a4058" : "#c9bb9c", 4 / zoom);
  ring(ctx, at, radius + 2 / zoom, dark ? "#0b0c14" : "#8f8468", 1 / zoom);
  ctx.restore();
}

function world(ctx: Ink, slot: string, picture: Picture): void {
  const { head, frame, dark, hover, seconds, zoom, truth, view } = picture;
  const [scenery, scene] = [sceneryOf(head), sceneOf(frame)];
  still(ctx, slot, picture, [scenery, scene.node, scene.known, dark, truth], (own) => {
    sky(own, picture);
    lanes(own, picture, scenery, scene);
    for (const index of seen(scenery, scene, truth)) place(own, picture, scenery, scene, index);
  });
  if (slot === "map") twinkle(ctx, picture);
  const home = placesOf(scenery)[0]!;
  if (shows(view, home)) station(ctx, home, seconds, look(dark).ink);
  const pointed = hover.startsWith("node:") ? Number(hover.slice(5)) : -1;
  if (pointed >= 0) ring(ctx, placesOf(scenery)[pointed]!, pointed ? NODE * 2.1 : 0.42, look(dark).text, 1.6 / zoom);
  asteroids(ctx, picture, scenery, scene);
  const where = pose(picture, scenery, scene);
  works(ctx, picture, scenery, scene, where.at);
  ship(ctx, picture, scene, where);
  events(ctx, picture, scene, where.at);
}

// A field, or the place of the station, with its name.
function place(ctx: Ink, picture: Picture, scenery: Scenery, scene: Scene, index: number): void {
  const [x, y] = placesOf(scenery)[index]!;
  if (!shows(picture.view, [x, y])) return;
  const isStation = scenery.nodes[index]!.kind === "station";
  if (!isStation) field(ctx, picture, scenery, scene, index);
  const below = isStation ? 0.46 : scene.node === index ? ORBIT + 0.12 : NODE * 1.75;
  write(ctx, picture.zoom, isStation ? "station" : String(index), [x, y + below + 9 / picture.zoom], 11, look(picture.dark).faint);
}
