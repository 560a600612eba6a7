// Prospector's scene as the server tells it, and where everything of it stands on the chart.
import { layout, type Point } from "$chart/layout";
import type { Frame, Head } from "../../../../web/src/replay";

export type Amounts = Record<string, number>;
interface Lane { node: number; ticks: number; fuel: number; threat: number }
export interface Place {
  kind: "station" | "cluster" | "hazard";
  hops: number;
  pirates: number;
  lanes: Lane[];
  asteroids: { mix: number[]; richness: number; stability: number }[];
}
export interface Scenery { ticks: number; base: Amounts; most: Amounts; nodes: Place[] }
interface Known { hazard: number; threat: number[]; left?: number; best?: number }
export interface Rock { mix: number[]; stability: number; depletion: number; confidence: number; assay: number; stabilized: number }
export interface Scene {
  tick: number; end: string; node: number; selected: number; escape: number; last_ticks: number;
  ship: Amounts; worth: Amounts; cargo: Amounts; supplies: Amounts; price: Amounts; inventory: Amounts; counts: Amounts;
  known: Record<string, Known>; asteroids: Rock[];
}

export const ORE: Record<string, string> = {
  iron: "#d2694a", nickel: "#8a94a8", water_ice: "#3fa9dc", pge: "#d8a21f", rare_isotopes: "#a56de0", volatiles: "#3fb57c",
};
export const ORES = Object.keys(ORE);
export const SHIP: Record<string, string> = {
  fuel: "#e0913a", hull: "#4fa3c7", heat: "#e05a4a", tool: "#8f9a55", alert: "#c9539a", load: "#7f8ca8", credits: "#3fb57c", hold: "#a56de0",
};
export const ENDS: Record<string, string> = {
  under_way: "", destroyed: "the ship is destroyed", stranded: "stranded without fuel", cashed_out: "cashed out", timed_out: "time is up",
};
export const [TRAVEL, SELECT] = [0, 12];
export const ORBIT = 0.46; // of the asteroids around the node where the ship is
export const NODE = 0.18;

export const sceneryOf = (head: Head) => head.scenery as unknown as Scenery;
export const sceneOf = (frame: Frame) => frame.scene as unknown as Scene;
export const plain = (name: string) => name.replaceAll("_", " ");
export const whole = (amount: number) => Math.round(amount).toLocaleString("en");

// How far an estimate of shares is off on the whole, measured over 100,000 scans.
export const doubt = (confidence: number) => 0.24 * Math.exp(-2 * confidence);

const places = new WeakMap<Scenery, Point[]>();
export function placesOf(scenery: Scenery): Point[] {
  let found = places.get(scenery);
  if (!found) places.set(scenery, (found = layout(scenery.nodes)));
  return found;
}

// The nodes a pilot knows of: those where the ship was, and where their lanes lead.
export function seen(scenery: Scenery, scene: Scene, truth: boolean): Set<number> {
  if (truth) return new Set(scenery.nodes.keys());
  const been = [...Object.keys(scene.known).map(Number), scene.node];
  return new Set(been.flatMap((node) => [node, ...scenery.nodes[node]!.lanes.map((lane) => lane.node)]));
}

export const isLaid = (scene: Scene, from: number, to: number, truth: boolean) => truth || from in scene.known || to in scene.known;

export function orbit(scenery: Scenery, node: number, slot: number): Point {
  const [x, y] = placesOf(scenery)[node]!;
  const angle = ((slot + 0.5) / scenery.nodes[node]!.asteroids.length) * Math.PI * 2 - Math.PI / 2;
  const far = ORBIT * (1 + 0.1 * (hash(slot, node) - 0.5));
  return [x + Math.cos(angle) * far, y + Math.sin(angle) * far];
}

export function hash(a: number, b: number): number {
  const mixed = Math.sin(a * 127.1 + b * 311.7 + 17.3) * 43758.5453;
  return mixed - Math.floor(mixed);
}

// Where a lane runs: a little bent, so that no two lie on one another.
export function along(scenery: Scenery, from: number, to: number, share: number): Point {
  const at = placesOf(scenery);
  const [one, other, t] = from < to ? [from, to, share] : [to, from, 1 - share];
  const [[ax, ay], [bx, by]] = [at[one]!, at[other]!];
  const bend = (hash(one, other) - 0.5) * 0.28;
  const [mx, my] = [(ax + bx) / 2 - (by - ay) * bend, (ay + by) / 2 + (bx - ax) * bend];
  const [u, v, w] = [(1 - t) * (1 - t), 2 * t * (1 - t), t * t];
  return [u * ax + v * mx + w * bx, u * ay + v * my + w * by];
}

// The threat of a lane as the pilot estimates it, from whichever end it was listened to; or as it is.
export function threatOf(scenery: Scenery, scene: Scene, from: number, to: number, truth: boolean): { value: number; isGuess: boolean } {
  const own = scenery.nodes[from]!.lanes.findIndex((lane) => lane.node === to);
  if (truth) return { value: scenery.nodes[from]!.lanes[own]!.threat, isGuess: false };
  const back = scenery.nodes[to]!.lanes.findIndex((lane) => lane.node === from);
  const heard = [scene.known[from]?.threat[own], scene.known[to]?.threat[back]].find((value) => value !== undefined && value !== 0.5);
  return { value: heard ?? 0.5, isGuess: heard === undefined };
}

const HEAT: [number, number, number][] = [[70, 178, 140], [222, 176, 62], [226, 84, 74]];
export function heat(value: number, opacity = 1): string {
  const at = Math.min(Math.max((value - 0.1) / 0.6, 0), 1) * 2;
  const [low, high] = [HEAT[Math.min(Math.floor(at), 1)]!, HEAT[Math.min(Math.floor(at), 1) + 1]!];
  const share = at - Math.min(Math.floor(at), 1);
  return `rgba(${low.map((part, k) => Math.round(part + (high[k]! - part) * share)).join()}, ${opacity})`;
}
