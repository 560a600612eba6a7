// Overlay: lines and letters over the board: selection, trails, areas' edges, numbers of agents, what was gained.
import type { Agent, Frame, Head, Thing } from "../replay";
import type { Camera } from "./gl";
import { agentColour, teamColour } from "./glyphs";

const LABELLED = 15; // pixels a cell from which agents bear their numbers

export interface Marks {
  frame: Frame;
  head: Head;
  camera: Camera;
  width: number;
  height: number;
  selected: Agent | null;
  thing: Thing | null;
  hover: { row: number; col: number } | null;
  trail: { row: number; col: number }[];
  eyes: Agent | null;
  at: (agent: Agent) => [number, number];
  seconds: number;
}

// Whether nothing at all is to be drawn over the board.
export function isBlank({ selected, thing, hover, camera }: Marks): boolean {
  return !selected && !thing && !hover && camera.zoom < LABELLED;
}

export function draw(ctx: CanvasRenderingContext2D, ratio: number, marks: Marks): void {
  const { camera, width, height } = marks;
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  // From here a unit is a cell.
  const left = width / 2 - camera.x * camera.zoom;
  const top = height / 2 - camera.y * camera.zoom;
  ctx.setTransform(ratio * camera.zoom, 0, 0, ratio * camera.zoom, ratio * left, ratio * top);
  reach(ctx, marks);
  trail(ctx, marks);
  selection(ctx, marks);
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  labels(ctx, marks, left, top);
}

// How far the selected thing reaches.
function reach(ctx: CanvasRenderingContext2D, { frame, camera, thing }: Marks): void {
  if (!thing || thing.radius < 1) return;
  ctx.lineWidth = 1.5 / camera.zoom;
  ctx.setLineDash([6 / camera.zoom, 4 / camera.zoom]);
  ctx.strokeStyle = teamColour(thing.team, frame.teams.map((team) => team.name));
  ctx.beginPath();
  ctx.arc(thing.col + 0.5, thing.row + 0.5, thing.radius + 0.5, 0, Math.PI * 2);
  ctx.stroke();
  ctx.setLineDash([]);
}

function trail(ctx: CanvasRenderingContext2D, marks: Marks): void {
  const { trail: steps, selected } = marks;
  if (steps.length < 2 || !selected) return;
  const colour = agentColour(selected, marks.frame.teams.map((team) => team.name));
  ctx.lineCap = "round";
  for (let k = 1; k < steps.length; k++) {
    const [a, b] = [steps[k - 1]!, steps[k]!];
    if (Math.abs(a.row - b.row) + Math.abs(a.col - b.col) > 3) continue;
    ctx.globalAlpha = (k / steps.length) * 0.6;
    ctx.strokeStyle = colour;
    ctx.lineWidth = 0.13;
    ctx.beginPath();
    ctx.moveTo(a.col + 0.5, a.row + 0.5);
    ctx.lineTo(b.col + 0.5, b.row + 0.5);
    ctx.stroke();
  }
  ctx.globalAlpha = 1;
}

function selection(ctx: CanvasRenderingContext2D, marks: Marks): void {
  const { selected, thing, hover, camera, head, eyes } = marks;
  const thin = Math.max(0.05, 1.5 / camera.zoom);
  if (hover) {
    ctx.strokeStyle = "rgba(255, 255, 255, 0.55)";
    ctx.lineWidth = thin;
    ctx.strokeRect(hover.col, hover.row, 1, 1);
  }
  if (thing) {
    ctx.strokeStyle = "#ffd75e";
    ctx.lineWidth = thin * 1.6;
    ctx.beginPath();
    ctx.roundRect(thing.col - 0.08, thing.row - 0.08, 1.16, 1.16, 0.2);
    ctx.stroke();
  }
  if (selected) {
    const [x, y] = marks.at(selected);
    const wave = 0.62 + 0.03 * Math.sin(marks.seconds * 4);
    ctx.lineWidth = thin * 2.2;
    ctx.strokeStyle = "rgba(20, 16, 30, 0.6)";
    ctx.beginPath();
    ctx.arc(x, y, wave, 0, Math.PI * 2);
    ctx.stroke();
    ctx.lineWidth = thin * 1.5;
    ctx.strokeStyle = "#ffd75e";
    ctx.stroke();
    const [height, width] = head.window;
    ctx.lineWidth = thin * 2;
    ctx.strokeStyle = "rgba(20, 16, 30, 0.25)";
    ctx.strokeRect(selected.col - (width - 1) / 2, selected.row - (height - 1) / 2, width, height);
    ctx.lineWidth = thin;
    ctx.strokeStyle = eyes ? "rgba(255, 215, 94, 0.95)" : "rgba(255, 215, 94, 0.6)";
    ctx.strokeRect(selected.col - (width - 1) / 2, selected.row - (height - 1) / 2, width, height);
  }
}

function labels(ctx: CanvasRenderingContext2D, marks: Marks, left: number, top: number): void {
  const { frame, camera, head, eyes } = marks;
  if (camera.zoom < LABELLED) return;
  const size = Math.min(13, Math.max(8, camera.zoom * 0.3));
  ctx.font = `700 ${size}px ui-sans-serif, system-ui, sans-serif`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  for (const agent of frame.agents) {
    if (agent.row < 0 || (eyes && !within(head, eyes, agent))) continue;
    const [cx, cy] = marks.at(agent);
    const [x, y] = [left + cx * camera.zoom, top + cy * camera.zoom];
    if (x < -40 || y < -40 || x > marks.width + 40 || y > marks.height + 40) continue;
    const text = String(agent.id);
    const wide = ctx.measureText(text).width + size * 0.7;
    ctx.fillStyle = "rgba(24, 20, 34, 0.82)";
    ctx.beginPath();
    ctx.roundRect(x - wide / 2, y + camera.zoom * 0.4, wide, size * 1.25, size * 0.5);
    ctx.fill();
    ctx.fillStyle = "#fff7e6";
    ctx.fillText(text, x, y + camera.zoom * 0.4 + size * 0.66);
    if (Math.abs(agent.reward) >= 0.05) gain(ctx, agent, x, y - camera.zoom * 0.72, size);
  }
}

function gain(ctx: CanvasRenderingContext2D, agent: Agent, x: number, y: number, size: number): void {
  const text = `${agent.reward > 0 ? "+" : "−"}${Math.abs(agent.reward).toFixed(2).replace(/\.?0+$/, "")}`;
  ctx.lineWidth = 3;
  ctx.strokeStyle = "rgba(24, 20, 34, 0.85)";
  ctx.strokeText(text, x, y);
  ctx.fillStyle = agent.reward > 0 ? "#9df0b6" : "#ff9d90";
  ctx.fillText(text, x, y);
  ctx.font = `700 ${size}px ui-sans-serif, system-ui, sans-serif`;
}

function within(head: Head, eyes: Agent, agent: Agent): boolean {
  const [height, width] = head.window;
  return Math.abs(agent.row - eyes.row) <= (height - 1) / 2 && Math.abs(agent.col - eyes.col) <= (width - 1) / 2;
}
