// The picture of Prospector: the star map with its lanes, fields and station, the ship, and the pilot's instruments.
import { box, type GameView, INK, line, oval, shape } from "$board/brush";
import { layout, type Point } from "$chart/layout";
import type { Bar, Box, Deeds, Panel, Picture, Row, Spot, StageView } from "$chart/stage";
import type { Frame, Head } from "../../../../web/src/replay";

type Amounts = Record<string, number>;
interface Lane { node: number; ticks: number; fuel: number; threat: number }
interface Node {
  kind: "station" | "cluster" | "hazard";
  hops: number;
  pirates: number;
  lanes: Lane[];
  asteroids: { mix: number[]; richness: number; stability: number }[];
}
interface Scenery { ticks: number; base: Amounts; most: Amounts; nodes: Node[] }
interface Known { hazard: number; threat: number[]; left?: number; best?: number }
interface Rock { mix: number[]; stability: number; depletion: number; confidence: number; assay: number; stabilized: number }
interface Scene {
  tick: number; end: string; node: number; selected: number; escape: number; last_ticks: number;
  ship: Amounts; worth: Amounts; cargo: Amounts; supplies: Amounts; price: Amounts; inventory: Amounts; counts: Amounts;
  known: Record<string, Known>; asteroids: Rock[];
}

const ORE: Record<string, string> = {
  iron: "#d2694a", nickel: "#8a94a8", water_ice: "#3fa9dc", pge: "#d8a21f", rare_isotopes: "#a56de0", volatiles: "#3fb57c",
};
const ORES = Object.keys(ORE);
const SHIP: Record<string, string> = {
  fuel: "#e0913a", hull: "#4fa3c7", heat: "#e05a4a", tool: "#8f9a55", alert: "#c9539a", load: "#7f8ca8", credits: "#3fb57c", hold: "#a56de0",
};
const ENDS: Record<string, string> = {
  under_way: "", destroyed: "the ship is destroyed", stranded: "stranded without fuel", cashed_out: "cashed out", timed_out: "time is up",
};
const [TRAVEL, SELECT] = [0, 12];
const ORBIT = 0.46; // of the asteroids around the node where the ship is
const NODE = 0.15;

const sceneryOf = (head: Head) => head.scenery as unknown as Scenery;
const sceneOf = (frame: Frame) => frame.scene as unknown as Scene;
const plain = (name: string) => name.replaceAll("_", " ");
const whole = (amount: number) => Math.round(amount).toLocaleString("en");

// How far an estimate of shares is off on the whole, measured over 100,000 scans.
const doubt = (confidence: number) => 0.24 * Math.exp(-2 * confidence);

const places = new WeakMap<Scenery, Point[]>();
function placesOf(scenery: Scenery): Point[] {
  let found = places.get(scenery);
  if (!found) places.set(scenery, (found = layout(scenery.nodes)));
  return found;
}

function orbit(scenery: Scenery, node: number, slot: number): Point {
  const [x, y] = placesOf(scenery)[node]!;
  const angle = ((slot + 0.5) / scenery.nodes[node]!.asteroids.length) * Math.PI * 2 - Math.PI / 2;
  const far = ORBIT * (1 + 0.1 * (hash(slot, node) - 0.5));
  return [x + Math.cos(angle) * far, y + Math.sin(angle) * far];
}

function hash(a: number, b: number): number {
  const mixed = Math.sin(a * 127.1 + b * 311.7 + 17.3) * 43758.5453;
  return mixed - Math.floor(mixed);
}

// Where a lane runs: a little bent, so that no two lie on one another.
function along(scenery: Scenery, from: number, to: number, share: number): Point {
  const at = placesOf(scenery);
  const [one, other, t] = from < to ? [from, to, share] : [to, from, 1 - share];
  const [[ax, ay], [bx, by]] = [at[one]!, at[other]!];
  const bend = (hash(one, other) - 0.5) * 0.28;
  const [mx, my] = [(ax + bx) / 2 - (by - ay) * bend, (ay + by) / 2 + (bx - ax) * bend];
  const [u, v, w] = [(1 - t) * (1 - t), 2 * t * (1 - t), t * t];
  return [u * ax + v * mx + w * bx, u * ay + v * my + w * by];
}

// The threat of a lane as the pilot estimates it, from whichever end it was listened to; or as it is.
function threatOf(scenery: Scenery, scene: Scene, from: number, to: number, truth: boolean): { value: number; isGuess: boolean } {
  const own = scenery.nodes[from]!.lanes.findIndex((lane) => lane.node === to);
  if (truth) return { value: scenery.nodes[from]!.lanes[own]!.threat, isGuess: false };
  const back = scenery.nodes[to]!.lanes.findIndex((lane) => lane.node === from);
  const heard = [scene.known[from]?.threat[own], scene.known[to]?.threat[back]].find((value) => value !== undefined && value !== 0.5);
  return { value: heard ?? 0.5, isGuess: heard === undefined };
}

const HEAT: [number, number, number][] = [[70, 178, 140], [222, 176, 62], [226, 84, 74]];
function heat(value: number, opacity = 1): string {
  const at = Math.min(Math.max((value - 0.1) / 0.6, 0), 1) * 2;
  const [low, high] = [HEAT[Math.min(Math.floor(at), 1)]!, HEAT[Math.min(Math.floor(at), 1) + 1]!];
  const share = at - Math.min(Math.floor(at), 1);
  return `rgba(${low.map((part, k) => Math.round(part + (high[k]! - part) * share)).join()}, ${opacity})`;
}

// ---- the map -------------------------------------------------------------------------------------------------

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

function sky(ctx: Ink, { view, zoom, dark, seconds }: Picture): void {
  const colours = look(dark);
  const [width, height] = [view.right - view.left, view.bottom - view.top];
  const [cx, cy] = [(view.left + view.right) / 2, (view.top + view.bottom) / 2];
  const glow = ctx.createRadialGradient(cx - width * 0.2, cy - height * 0.25, 0, cx, cy, Math.hypot(width, height) * 0.62);
  colours.deep.forEach((colour, index) => glow.addColorStop(index, colour));
  ctx.fillStyle = glow;
  ctx.fillRect(view.left, view.top, width, height);
  ctx.fillStyle = colours.star;
  const wrap = (value: number) => value - Math.floor(value);
  for (let star = 0; star < 170; star++) {
    const far = 0.05 + 0.2 * hash(star, 3);
    const x = view.left + wrap(hash(star, 1) - (cx * far) / 10) * width;
    const y = view.top + wrap(hash(star, 2) - (cy * far) / 10) * height;
    ctx.globalAlpha = (dark ? 0.85 : 0.5) * (0.25 + 0.75 * hash(star, 4)) * (0.75 + 0.25 * Math.sin(seconds * (0.4 + hash(star, 5)) + star));
    const size = (0.5 + 1.1 * hash(star, 6) ** 3) / zoom;
    ctx.fill(oval(x, y, size));
  }
  ctx.globalAlpha = 1;
}

function lanes(ctx: Ink, picture: Picture, scenery: Scenery, scene: Scene): void {
  const { zoom, truth, dark } = picture;
  scenery.nodes.forEach((node, from) => {
    for (const lane of node.lanes) {
      const isNear = from === scene.node || lane.node === scene.node;
      if (lane.node < from) continue;
      const { value, isGuess } = threatOf(scenery, scene, from, lane.node, truth);
      const path = new Path2D();
      for (let part = 0; part <= 16; part++) path.lineTo(...along(scenery, from, lane.node, part / 16));
      if (isNear) {
        ctx.strokeStyle = isGuess ? look(dark).guess : heat(value, 0.25);
        ctx.lineWidth = Math.max(0.09, 7 / zoom);
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
  for (const lane of scenery.nodes[scene.node]!.lanes) {
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
  const { seconds, dark, zoom } = picture;
  const node = scenery.nodes[index]!;
  const at = placesOf(scenery)[index]!;
  const known = scene.known[index];
  const isHere = scene.node === index;
  const colours = look(dark);
  if (node.kind === "hazard") storm(ctx, at, seconds, index, known || picture.truth ? 1 : 0.7);
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
  ctx.lineWidth = 3 / zoom;
  ctx.strokeStyle = dark ? "rgba(255, 255, 255, 0.12)" : "rgba(0, 0, 0, 0.1)";
  ctx.stroke(oval(...at, NODE * 1.75));
  ctx.strokeStyle = isHere ? "rgba(255, 215, 94, 0.9)" : dark ? "#7fd0bf" : "#2f8f80";
  const rest = new Path2D();
  rest.arc(at[0], at[1], NODE * 1.75, -Math.PI / 2, -Math.PI / 2 + Math.PI * 2 * (known.left ?? 1));
  ctx.stroke(rest);
}

function storm(ctx: Ink, [x, y]: Point, seconds: number, seed: number, opacity: number): void {
  for (let cloud = 0; cloud < 3; cloud++) {
    const angle = seconds * 0.25 + cloud * 2.1 + seed;
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

function ship(ctx: Ink, { zoom, seconds, dark }: Picture, scene: Scene, { at, turn, flies }: Pose): void {
  const size = Math.max(0.26, 25 / zoom);
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
    const y = at[1] - (26 + 17 * index + 10 * share) / zoom;
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

function draw(ctx: Ink, picture: Picture): void {
  const { head, frame, dark, hover, seconds, zoom } = picture;
  const [scenery, scene] = [sceneryOf(head), sceneOf(frame)];
  sky(ctx, picture);
  lanes(ctx, picture, scenery, scene);
  scenery.nodes.forEach((node, index) => {
    const at = placesOf(scenery)[index]!;
    if (node.kind === "station") station(ctx, at, seconds, look(dark).ink);
    else field(ctx, picture, scenery, scene, index);
    if (hover === `node:${index}`) ring(ctx, at, node.kind === "station" ? 0.42 : NODE * 2.1, look(dark).text, 1.6 / zoom);
    const name = node.kind === "station" ? "station" : String(index);
    const below = node.kind === "station" ? 0.42 : scene.node === index ? ORBIT + 0.12 : NODE * 1.75;
    write(ctx, zoom, name, [at[0], at[1] + below + 9 / zoom], 11, look(dark).faint);
  });
  asteroids(ctx, picture, scenery, scene);
  const where = pose(picture, scenery, scene);
  works(ctx, picture, scenery, scene, where.at);
  ship(ctx, picture, scene, where);
  events(ctx, picture, scene, where.at);
}

// ---- what stands beside it -----------------------------------------------------------------------------------

function bounds(head: Head): Box {
  const at = placesOf(sceneryOf(head));
  const [xs, ys] = [at.map(([x]) => x), at.map(([, y]) => y)];
  const room = ORBIT + 0.2;
  return { left: Math.min(...xs) - room, right: Math.max(...xs) + room, top: Math.min(...ys) - room, bottom: Math.max(...ys) + room };
}

function spots(head: Head, frame: Frame): Spot[] {
  const [scenery, scene] = [sceneryOf(head), sceneOf(frame)];
  const at = placesOf(scenery);
  const nodes = scenery.nodes.map((node, index): Spot => {
    const lane = scenery.nodes[scene.node]!.lanes.findIndex((one) => one.node === index);
    const way = scenery.nodes[scene.node]!.lanes[lane];
    const threat = way && threatOf(scenery, scene, scene.node, index, false);
    const known = scene.known[index];
    return {
      id: `node:${index}`, x: at[index]![0], y: at[index]![1], radius: node.kind === "station" ? 0.3 : NODE * 1.6,
      label: name(scenery, index),
      tip: [
        ...(way ? [`${way.ticks} ticks and ${whole(way.fuel)} fuel from here`, `threat ${threat!.isGuess ? "unknown" : threat!.value.toFixed(2)}`] : []),
        ...(known?.left === undefined ? (index ? ["not visited yet"] : []) : [`${Math.round(100 * known.left)} % left, best yield ${known.best ? known.best.toFixed(2) : "unknown"}`]),
        ...(known && index ? [`hazard ${known.hazard.toFixed(2)}`] : []),
      ],
      ...(lane >= 0 ? { deed: TRAVEL + lane } : {}),
    };
  });
  const here = scene.asteroids.map((rock, slot): Spot => {
    const [x, y] = orbit(scenery, scene.node, slot);
    return { id: `rock:${slot}`, x, y, radius: 0.08, label: `asteroid ${slot}`, tip: told(rock, scene), deed: SELECT + slot };
  });
  return [...here, ...nodes];
}

const name = (scenery: Scenery, index: number) => {
  const node = scenery.nodes[index]!;
  return index ? `field ${index}, ${node.kind === "hazard" ? "hazardous" : "a cluster"}, ${node.hops} ${node.hops === 1 ? "hop" : "hops"} from home` : "the station";
};

function told(rock: Rock, scene: Scene): string[] {
  if (rock.depletion >= 1) return ["nothing left"];
  const best = ORES.map((ore, index) => [plain(ore), rock.mix[index]!] as const).sort((one, other) => other[1] - one[1]).slice(0, 2);
  return [
    `about ${best.map(([ore, share]) => `${Math.round(100 * share)} % ${ore}`).join(", ")}`,
    `about ${whole(worth(rock.mix, scene))} credits a unit`,
    `${Math.round(100 * (1 - rock.depletion))} % left, stability ${rock.stability.toFixed(2)}, confidence ${rock.confidence.toFixed(2)}`,
  ];
}

const worth = (mix: number[], scene: Scene) => ORES.reduce((sum, ore, index) => sum + mix[index]! * scene.price[ore]!, 0);

function caption(head: Head, frame: Frame): string {
  const [scenery, scene] = [sceneryOf(head), sceneOf(frame)];
  return `tick ${whole(scene.tick)} of ${whole(scenery.ticks)} · ${name(scenery, scene.node)}${ENDS[scene.end] ? ` · ${ENDS[scene.end]}` : ""}`;
}

function describe(head: Head, frame: Frame): string {
  const [scenery, scene] = [sceneryOf(head), sceneOf(frame)];
  const agent = frame.agents[0];
  const { ship, worth: has } = scene;
  return [
    `The ship is at ${name(scenery, scene.node)}, at tick ${scene.tick}.`,
    agent?.action ? `Last action: ${plain(agent.action)}.` : "",
    `Fuel ${whole(ship.fuel!)}, hull ${whole(ship.hull!)}, heat ${whole(ship.heat!)}, hold ${whole(ship.load!)}, credits ${whole(has.credits!)}.`,
    ENDS[scene.end] ? `The voyage is over: ${ENDS[scene.end]}.` : "",
  ].join(" ").trim();
}

function panels(head: Head, frame: Frame, truth: boolean): Panel[] {
  const [scenery, scene] = [sceneryOf(head), sceneOf(frame)];
  const agent = frame.agents[0]!;
  const { ship, most, supplies } = { ...scene, most: scenery.most };
  const amount = (value: number) => (Math.abs(value) < 10 ? value.toFixed(2) : value.toFixed(1));
  const voyage: Panel = {
    kind: "facts", title: "Voyage", note: ENDS[scene.end] || `last step ${scene.last_ticks} ${scene.last_ticks === 1 ? "tick" : "ticks"}`,
    facts: [["did", plain(agent.action) || "–"], ["reward", amount(agent.reward)], ["return", amount(agent.return)], ["credits", whole(scene.worth.credits!)]],
  };
  const low: Record<string, boolean> = { fuel: ship.fuel! < 150, hull: ship.hull! < 30, heat: ship.heat! > 70, tool: ship.tool! < 25, alert: ship.alert! > 60 };
  const gauges: Panel = {
    kind: "gauges", title: "Ship", note: `kits ${supplies.repair_kits} · stabilizers ${supplies.stabilizers} · decoys ${supplies.decoys}`,
    gauges: Object.entries(most).map(([what, top]) => ({ label: what, text: whole(ship[what]!), share: ship[what]! / top, colour: SHIP[what]!, warns: !!low[what] })),
  };
  const hold: Panel = {
    kind: "stack", title: "Hold", note: `${whole(ship.load!)} of ${most.load} · worth ${whole(scene.worth.hold!)}`,
    parts: ORES.filter((ore) => scene.cargo[ore]! >= 0.05).map((ore) => ({ label: plain(ore), text: scene.cargo[ore]!.toFixed(1), share: scene.cargo[ore]! / most.load!, colour: ORE[ore]! })),
  };
  const market: Panel = {
    kind: "rows", title: "Market", note: "price, against its base, and stock", columns: ["", "price", "", "stock"],
    rows: ORES.map((ore): Row => ({
      id: ore, label: plain(ore), tip: `${plain(ore)}: ${scene.price[ore]!.toFixed(1)}, base ${scenery.base[ore]}`,
      columns: [scene.price[ore]!.toFixed(1), { value: scene.price[ore]! / scenery.base[ore]! / 2, truth: 0.5, colour: ORE[ore]! }, scene.inventory[ore]!.toFixed(0)],
    })),
  };
  return [voyage, gauges, hold, ...(scene.asteroids.length ? [survey(scenery, scene, truth)] : []), market];
}

function survey(scenery: Scenery, scene: Scene, truth: boolean): Panel {
  const known = scene.asteroids.reduce((sum, rock) => sum + rock.confidence, 0) / scene.asteroids.length;
  return {
    kind: "rows", title: "Asteroids here", note: `confidence ${known.toFixed(2)}`, columns: ["", ORES.map((ore) => ore[0]).join(" "), "stable", "left", "a unit"],
    rows: scene.asteroids.map((rock, slot): Row => {
      const own = truth ? scenery.nodes[scene.node]!.asteroids[slot] : undefined;
      const spread = doubt(rock.confidence);
      const mix = rock.mix.map((share, index): Bar => ({ value: share / 0.6, spread: spread / 0.6, truth: own && own.mix[index]! / 0.6, colour: ORE[ORES[index]!]! }));
      return {
        id: String(slot), label: String(slot), tip: [`asteroid ${slot}`, ...told(rock, scene)].join("\n"), on: slot === scene.selected, gone: rock.depletion >= 1, deed: SELECT + slot,
        columns: [
          mix,
          { value: rock.stability, spread: spread, truth: own?.stability, colour: heat(0.75 - 0.7 * rock.stability) },
          `${Math.round(100 * (1 - rock.depletion))} %`,
          rock.depletion < 1 ? whole(worth(rock.mix, scene)) : "–",
        ],
      };
    }),
  };
}

const METHODS = { conservative: "gently", standard: "as usual", aggressive: "hard" };

function deeds(head: Head, frame: Frame): Deeds[] {
  const [scenery, scene] = [sceneryOf(head), sceneOf(frame)];
  const at = (name: string) => head.actions.indexOf(name);
  const deed = (name: string, label: string, hint = "") => ({ action: at(name), label, hint });
  const fly = scenery.nodes[scene.node]!.lanes.map((lane, index) =>
    deed(`travel_${index}`, `${lane.node ? lane.node : "home"} · ${lane.ticks} t`, `${whole(lane.fuel)} fuel and more with a full hold, to ${name(scenery, lane.node)}`));
  const groups: Deeds[] = [
    { title: "Fly", rows: [{ deeds: fly }, { deeds: [deed("hold_drift", "drift", "1 tick; alert falls, the ship cools"), deed("emergency_burn", "burn", "18 fuel; hides from pirates for 4 ticks")] }] },
  ];
  if (scene.node)
    groups.push(
      { title: "Look", rows: [{ deeds: [deed("wide_scan", "scan all", "3 ticks, 5 fuel"), deed("focused_scan", "scan one", "2 ticks, 4 fuel"), deed("deep_scan", "scan deep", "4 ticks, 8 fuel"), deed("passive_threat_listen", "listen", "2 ticks; threats of the lanes")] }] },
      { title: "Mine", rows: [{ deeds: [...Object.entries(METHODS).map(([method, label]) => deed(`mine_${method}`, label, `${method}: 1 tick`)), deed("stabilize", "stabilize", "2 ticks, one stabilizer")] }] },
    );
  groups.push({
    title: "Care", rows: [{ deeds: [deed("active_cooldown", "cool", "2 ticks, 2 fuel, heat −20"), deed("tool_maintenance", "mend tool", "one kit, +25"), deed("hull_patch", "patch hull", "one kit, +20"), deed("refine", "refine", "2 ticks: iron and nickel to rare isotopes")] }],
  });
  const held = ORES.filter((ore) => scene.cargo[ore]! > 0);
  const row = (ore: string) => ({ label: `${plain(ore)} ${scene.cargo[ore]!.toFixed(1)}`, colour: ORE[ore]! });
  if (!scene.node) {
    if (held.length) groups.push({ title: "Sell", rows: held.map((ore) => ({ ...row(ore), deeds: [25, 50, 100].map((part) => deed(`sell_${ore}_${part}`, part === 100 ? "all" : `${part} %`)) })) });
    const tanks = ([["small", 120, 60], ["medium", 260, 120], ["large", 480, 210]] as const).map(([size, fuel, price]) => deed(`buy_fuel_${size}`, `${fuel} fuel`, `${price} credits`));
    const things = [deed("buy_repair_kit", "kit", "150 credits"), deed("buy_stabilizer", "stabilizer", "175 credits"), deed("buy_decoy", "decoy", "110 credits"), deed("full_overhaul", "overhaul", "280 credits: hull and tool as new")];
    groups.push({ title: "Buy", rows: [{ deeds: tanks }, { deeds: things }] });
    groups.push({ title: "Station", rows: [{ deeds: [deed("dock", "lie low", "alert −20"), { ...deed("cash_out", "cash out", "ends the voyage"), asks: "Cash out and end the voyage?" }] }] });
  } else if (held.length) {
    groups.push({ title: "Throw out", rows: [{ deeds: held.map((ore) => deed(`jettison_${ore}`, `${plain(ore)} ${scene.cargo[ore]!.toFixed(0)}`, "alert −8")) }] });
  }
  return groups.map((group) => ({ ...group, rows: group.rows.map((one) => ({ ...one, deeds: one.deeds.filter(({ action }) => action >= 0) })) }));
}

const stage: StageView = {
  bounds, spots, draw, caption, describe, panels, deeds,
  curves: [{ field: "price", label: "market prices" }, { field: "worth", label: "credits and hold" }, { field: "ship", label: "ship, in per cent", most: "most" }],
  marks: {
    pirates: { label: "pirates", colour: "#e4594f" }, fractures: { label: "fracture", colour: "#e8913a" }, earned: { label: "sold for", colour: "#3fb57c" },
    destroyed: { label: "destroyed", colour: "#e4594f" }, stranded: { label: "stranded", colour: "#e4594f" }, cashed_out: { label: "cashed out", colour: "#d8a21f" }, timed_out: { label: "time is up", colour: "#8a94a8" },
  },
};

export const view: GameView = { stage, resources: { ...ORE, ...SHIP } };
