// Glyphs: bodies and faces of agents, signs, and pictures of what more than one game has.
import type { StageView } from "../chart/stage";
import {
  arc, bolt, box, type Brush, type GameView, gear, heart, INK, line, oval, type Paint, shape, TEAM, TEAM_DIM,
} from "./brush";

const FACE = "#fff3da";
const CHEEK = "#f2a58e";

// The cog: a gear in its team's colour with a face for a hub.
const cog: Paint = (b) => {
  b.shadow(0.5, 0.9, 0.3, 0.07);
  b.part(box(0.3, 0.78, 0.14, 0.13, 0.05), "#4a4658", 0.035).part(box(0.56, 0.78, 0.14, 0.13, 0.05), "#4a4658", 0.035);
  b.part(gear(0.5, 0.5, 0.42), TEAM, 0.042).fill(arc(0.5, 0.5, 0.345, 0, 1), TEAM_DIM);
  b.part(oval(0.5, 0.5, 0.225), FACE, 0.026);
  b.fill(oval(0.365, 0.565, 0.04, 0.028), CHEEK).fill(oval(0.635, 0.565, 0.04, 0.028), CHEEK);
};

function eyes(b: Brush, dx: number, dy: number): void {
  for (const x of [0.41, 0.59]) {
    b.fill(oval(x + dx, 0.47 + dy, 0.04, 0.06), INK);
    b.fill(oval(x + dx + 0.012, 0.445 + dy, 0.014), "#ffffffee");
  }
}

const smile = (dx: number, dy: number) => arc(0.5 + dx, 0.57 + dy, 0.055, 0.1, 0.9);

const looking =
  (dx: number, dy: number): Paint =>
  (b) => {
    eyes(b, dx, dy);
    b.stroke(smile(dx, dy), INK, 0.028);
  };

const faces: Record<string, Paint> = {
  "face.south": looking(0, 0.02),
  "face.north": (b) => {
    eyes(b, 0, -0.06);
    b.stroke(line([0.47, 0.55], [0.53, 0.55]), INK, 0.028);
  },
  "face.west": looking(-0.07, 0),
  "face.east": looking(0.07, 0),
  "face.blink": (b) => {
    for (const x of [0.41, 0.59]) b.stroke(line([x - 0.035, 0.49], [x + 0.035, 0.49]), INK, 0.028);
    b.stroke(smile(0, 0), INK, 0.028);
  },
  "face.happy": (b) => {
    for (const x of [0.4, 0.6]) b.stroke(arc(x, 0.49, 0.04, 1.05, 1.95), INK, 0.03);
    b.fill(arc(0.5, 0.55, 0.085, 0, 1), INK).fill(oval(0.5, 0.615, 0.045, 0.022), "#e8657b");
  },
  "face.puzzled": (b) => {
    b.fill(oval(0.41, 0.48, 0.04, 0.055), INK).fill(oval(0.59, 0.46, 0.035, 0.045), INK);
    b.stroke(line([0.54, 0.38], [0.65, 0.36]), INK, 0.024).stroke(line([0.45, 0.61], [0.55, 0.59]), INK, 0.028);
  },
  "face.frozen": (b) => {
    for (const x of [0.41, 0.59]) {
      b.stroke(line([x - 0.035, 0.44], [x + 0.035, 0.52]), INK, 0.028);
      b.stroke(line([x + 0.035, 0.44], [x - 0.035, 0.52]), INK, 0.028);
    }
    b.stroke(arc(0.5, 0.64, 0.05, 1.1, 1.9), INK, 0.028);
    b.fill(box(0.14, 0.12, 0.72, 0.74, 0.14), "rgba(150, 215, 255, 0.5)");
    b.stroke(line([0.24, 0.4], [0.24, 0.22], [0.42, 0.22]), "rgba(255, 255, 255, 0.9)", 0.035);
  },
};

// Signs that hang beside an agent: what it carries or what it feels.
function bubble(b: Brush): void {
  b.part(shape([0.3, 0.62], [0.5, 0.6], [0.24, 0.84]), "#fffaf0", 0.03);
  b.part(oval(0.52, 0.42, 0.34, 0.3), "#fffaf0", 0.03).fill(shape([0.32, 0.6], [0.48, 0.6], [0.27, 0.78]), "#fffaf0");
}

const signs: Record<string, Paint> = {
  "sign.heart": (b) => {
    bubble(b);
    b.fill(heart(0.52, 0.43, 0.17), "#ee5d7a");
  },
  "sign.gear": (b) => {
    bubble(b);
    b.fill(gear(0.52, 0.42, 0.2), "#7b7f92").fill(oval(0.52, 0.42, 0.075), "#fffaf0");
  },
  "sign.other": (b) => {
    bubble(b);
    for (const x of [0.38, 0.52, 0.66]) b.fill(oval(x, 0.43, 0.045), "#7b7f92");
  },
  "sign.fail": (b) => {
    b.part(oval(0.5, 0.5, 0.26), "#f4c04d", 0.04);
    b.stroke(line([0.5, 0.36], [0.5, 0.52]), INK, 0.08).fill(oval(0.5, 0.64, 0.045), INK);
  },
};

// Machines that stand in many games.
export function machine(b: Brush, colour: string, dark: string): void {
  b.shadow();
  b.part(box(0.16, 0.3, 0.68, 0.54, 0.09), dark).fill(box(0.16, 0.3, 0.68, 0.4, 0.09), colour);
  b.fill(box(0.22, 0.35, 0.56, 0.05, 0.025), "rgba(255, 255, 255, 0.35)");
}

const ores: Record<string, [string, string]> = {
  red: ["#e4594f", "#a83a3a"],
  blue: ["#4f8fe4", "#3560a8"],
  green: ["#5cbf67", "#3a8a48"],
};

const workshops: Record<string, Paint> = {};
for (const [name, [light, dark]] of Object.entries(ores)) {
  workshops[`mine_${name}`] = (b) => {
    b.shadow();
    b.part(shape([0.1, 0.84], [0.24, 0.36], [0.46, 0.16], [0.72, 0.28], [0.9, 0.84]), "#7a7284");
    b.fill(shape([0.24, 0.36], [0.46, 0.16], [0.5, 0.5], [0.3, 0.6]), "#968ea0");
    b.part(arc(0.5, 0.84, 0.2, 1, 2), "#2b2735", 0.03);
    for (const [x, y, r] of [[0.34, 0.46, 0.09], [0.6, 0.4, 0.1], [0.72, 0.62, 0.08]] as const) {
      b.part(shape([x, y - r], [x + r, y], [x, y + r], [x - r, y]), light, 0.025);
      b.fill(shape([x, y + r], [x + r, y], [x, y]), dark);
    }
  };
  workshops[`generator_${name}`] = (b) => {
    machine(b, light, dark);
    b.part(box(0.3, 0.14, 0.4, 0.2, 0.05), "#5b5768", 0.035);
    b.part(oval(0.5, 0.55, 0.18), "#fff6dc", 0.03).fill(bolt(0.5, 0.55, 0.14), "#e5a524");
  };
}

const buildings: Record<string, Paint> = {
  assembler: (b) => {
    b.shadow();
    b.part(box(0.12, 0.5, 0.76, 0.34, 0.06), "#6d5a8c").fill(box(0.12, 0.5, 0.76, 0.14, 0.06), "#8f78b5");
    b.part(gear(0.36, 0.44, 0.24), "#f0c24c", 0.04).fill(oval(0.36, 0.44, 0.09), INK);
    b.part(gear(0.67, 0.34, 0.18, 7), "#f59a5c", 0.04).fill(oval(0.67, 0.34, 0.065), INK);
    b.fill(box(0.22, 0.68, 0.56, 0.07, 0.03), INK).fill(box(0.24, 0.695, 0.2, 0.04, 0.02), "#7df0b0");
  },
  altar: (b) => {
    b.shadow();
    b.part(shape([0.2, 0.84], [0.28, 0.56], [0.72, 0.56], [0.8, 0.84]), "#8f86a6");
    b.part(box(0.16, 0.46, 0.68, 0.13, 0.04), "#b3a9c9", 0.04).part(heart(0.5, 0.28, 0.16), "#ee5d7a", 0.035);
  },
  lasery: (b) => {
    machine(b, "#b1495f", "#7c3247");
    b.part(box(0.3, 0.44, 0.34, 0.14, 0.05), "#3c3747", 0.03).part(box(0.6, 0.47, 0.26, 0.08, 0.03), "#ff6f61", 0.03);
    b.stroke(line([0.88, 0.51], [0.97, 0.51]), "#ffb3a8", 0.05).part(box(0.36, 0.56, 0.1, 0.16, 0.03), "#3c3747", 0.03);
  },
  armory: (b) => {
    machine(b, "#6e7f99", "#4b586e");
    b.part(shape([0.5, 0.38], [0.7, 0.45], [0.67, 0.66], [0.5, 0.79], [0.33, 0.66], [0.3, 0.45]), "#dbe3ee", 0.035);
    b.fill(shape([0.5, 0.38], [0.5, 0.79], [0.33, 0.66], [0.3, 0.45]), "#aebacb");
  },
  lab: (b) => {
    machine(b, "#d5dfe4", "#9fb0b8");
    b.part(shape([0.44, 0.38], [0.56, 0.38], [0.56, 0.52], [0.7, 0.76], [0.3, 0.76], [0.44, 0.52]), "#eefaff", 0.03);
    b.fill(shape([0.4, 0.62], [0.6, 0.62], [0.68, 0.75], [0.32, 0.75]), "#59c9a5");
  },
  factory: (b) => {
    b.shadow();
    b.part(box(0.62, 0.14, 0.14, 0.4, 0.03), "#8a5a4a", 0.04);
    b.part(shape([0.12, 0.84], [0.12, 0.44], [0.36, 0.58], [0.36, 0.44], [0.6, 0.58], [0.6, 0.44], [0.88, 0.6], [0.88, 0.84]), "#c27f5c");
    for (const x of [0.2, 0.42, 0.64]) b.fill(box(x, 0.67, 0.13, 0.1, 0.02), "#ffe39a");
  },
  temple: (b) => {
    b.shadow();
    b.part(shape([0.08, 0.42], [0.5, 0.14], [0.92, 0.42]), "#e8dcc0").part(box(0.12, 0.76, 0.76, 0.09, 0.02), "#e8dcc0", 0.04);
    for (const x of [0.2, 0.44, 0.68]) b.part(box(x, 0.44, 0.12, 0.32, 0.02), "#f7efdc", 0.03);
    b.fill(oval(0.5, 0.32, 0.06), "#e0a93e");
  },
  landmark: (b) => {
    b.shadow(0.5, 0.88, 0.2, 0.06);
    b.part(box(0.46, 0.2, 0.08, 0.68, 0.03), "#a07a55", 0.035);
    b.part(shape([0.54, 0.16], [0.9, 0.28], [0.54, 0.42]), "#f0b93f", 0.04);
  },
  chest: (b) => {
    b.shadow();
    b.part(box(0.14, 0.36, 0.72, 0.46, 0.07), "#a86d3c").fill(box(0.14, 0.36, 0.72, 0.18, 0.07), "#c98a4e");
    for (const x of [0.22, 0.7]) b.fill(box(x, 0.36, 0.08, 0.46), "#e0b352");
    b.fill(box(0.14, 0.52, 0.72, 0.04), INK).part(box(0.42, 0.46, 0.16, 0.18, 0.04), "#f4d06f", 0.035);
    b.fill(heart(0.5, 0.55, 0.05), "#d8475f");
  },
  tree: (b) => {
    b.shadow();
    b.part(box(0.43, 0.6, 0.14, 0.26, 0.04), "#8a5f3f", 0.04);
    b.part(oval(0.5, 0.4, 0.3, 0.28), "#4f9e57").fill(oval(0.42, 0.32, 0.14, 0.12), "#74bd73");
  },
  pond: (b) => {
    b.part(oval(0.5, 0.55, 0.42, 0.32), "#3f8fc9", 0.04).fill(oval(0.46, 0.5, 0.28, 0.18), "#6db8e5");
    b.stroke(arc(0.56, 0.6, 0.13, 0.1, 0.6), "#d6f0ff", 0.03);
  },
  bed: (b) => {
    b.part(box(0.1, 0.34, 0.8, 0.46, 0.06), "#7b5338", 0.04);
    for (const y of [0.44, 0.58, 0.72]) b.stroke(line([0.17, y], [0.83, y]), "#9c6f4c", 0.045);
    for (const x of [0.28, 0.5, 0.72]) {
      b.stroke(line([x, 0.6], [x, 0.36]), "#57a35a", 0.045).part(oval(x, 0.3, 0.08), "#f08fb0", 0.025);
      b.fill(oval(x, 0.3, 0.03), "#ffe39a");
    }
  },
  hut: (b) => {
    b.shadow();
    b.part(box(0.22, 0.48, 0.56, 0.36, 0.03), "#e7d3ac").part(shape([0.1, 0.52], [0.5, 0.14], [0.9, 0.52]), TEAM);
    b.part(box(0.42, 0.6, 0.16, 0.24, 0.04), "#7b5338", 0.03);
  },
};

// A kind nobody drew: a token in a colour of its own with the letter it has in the terminal.
export const token =
  (symbol: string, hue: number): Paint =>
  (b) => {
    b.shadow();
    b.part(box(0.16, 0.2, 0.68, 0.64, 0.16), `hsl(${hue} 42% 42%)`).fill(box(0.16, 0.2, 0.68, 0.52, 0.16), `hsl(${hue} 46% 56%)`);
    b.text(symbol, 0.5, 0.48, 0.42, "#fffaf0");
  };

const plain: Record<string, Paint> = {
  shade: (b) => b.fill(oval(0.5, 0.5, 0.5), "#ffffff"),
  ring: (b) => b.stroke(oval(0.5, 0.5, 0.42), TEAM, 0.1),
};

export const GLYPHS: Record<string, Paint> = { cog, ...faces, ...signs, ...workshops, ...buildings, ...plain };

export const RESOURCES: Record<string, string> = {
  energy: "#f2c53d", heart: "#ee5d7a", hp: "#e4594f", influence: "#a97be0", solar: "#f59a3c",
  ore_red: "#e4594f", ore_blue: "#4f8fe4", ore_green: "#5cbf67",
  battery_red: "#f08b83", battery_blue: "#86b5f0", battery_green: "#93d79b",
  armor: "#aebacb", laser: "#ff6f61", blueprint: "#7fb2e5", water: "#5aaee0", seed: "#b58a5a", flower: "#f08fb0",
};

const TEAM_COLOURS = ["#3fb8a5", "#e8604c", "#5b8def", "#e3b341", "#b07be0", "#6fbf5f", "#e58ac0", "#8f98ad"];

// The views of the games there are, merged: a kind or a team means the same in all of them.
const modules = import.meta.glob<{ view: GameView }>("../../../src/coterie/games/*/view.ts", { eager: true });
const views = Object.values(modules).map((module) => module.view);
for (const view of views) {
  Object.assign(GLYPHS, view.glyphs);
  Object.assign(RESOURCES, view.resources);
}

export function worn(agent: { inventory: Record<string, number>; vibe: string }): string[] {
  return views.flatMap((view) => view.worn?.(agent) ?? []).filter((name) => name in GLYPHS);
}

export function role(agent: { inventory: Record<string, number>; vibe: string }): string {
  return views.map((view) => view.role?.(agent) ?? "").find(Boolean) ?? "";
}

// What draws a game that has no map of tiles; none for a game that has one, or only words.
export function stageOf(game: string): StageView | undefined {
  return Object.entries(modules).find(([path]) => path.endsWith(`/${game}/view.ts`))?.[1].view.stage;
}

export function hueOf(name: string): number {
  let sum = 7;
  for (const letter of name) sum = (sum * 31 + letter.charCodeAt(0)) % 3600;
  return (sum * 137.5) % 360;
}

export function resourceColour(name: string): string {
  return RESOURCES[name] ?? `hsl(${hueOf(name)} 55% 60%)`;
}

export function teamColour(name: string | null, teams: string[]): string {
  if (name === null) return "#c9c4b8";
  for (const view of views) if (view.teams?.[name]) return view.teams[name];
  const index = teams.indexOf(name);
  return TEAM_COLOURS[(index < 0 ? hueOf(name) | 0 : index) % TEAM_COLOURS.length]!;
}

// In a game without teams every agent has a colour of its own.
export function agentColour(agent: { id: number; team: string | null }, teams: string[]): string {
  if (agent.team !== null) return teamColour(agent.team, teams);
  const hue = (agent.id * 137.5 + 165) % 360;
  return hex(hue, 0.5, 0.58);
}

function hex(hue: number, saturation: number, light: number): string {
  const a = saturation * Math.min(light, 1 - light);
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12;
    const value = light - a * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(value * 255).toString(16).padStart(2, "0");
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`;
}
