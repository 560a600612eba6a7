// Options: every setting of the viewer with its meaning; a link may set each of them.

export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 125, 250, 500, 1000]; // ticks a second

export const DEFAULTS = {
  t: 0, // the tick shown
  agent: null as number | null, // the selected seat
  thing: null as number | null, // the selected object
  replay: "", // its name on the server's shelf; "live" is what is played now
  with: "", // the name of another one, shown beside it in step
  speed: 8, // ticks a second
  play: false, // whether it runs at once
  follow: false, // whether the camera goes with the selected agent
  eyes: false, // whether only the selected agent's window is shown
  areas: false, // whether the ground shows whose it is
  grid: false, // lines between cells
  heat: false, // where agents were, over the whole episode
  trail: true, // where the selected agent came from
  minimap: true,
  truth: true, // whether a game without a map shows what its players do not know
  theme: "" as "" | "dark" | "light", // none: as the system has it
};

export type Options = typeof DEFAULTS;

// The options a link sets: `#t=120&agent=3&eyes=1`.
export function fromLink(hash: string): Partial<Options> {
  const found: Record<string, unknown> = {};
  for (const [key, text] of new URLSearchParams(hash.replace(/^#/, ""))) {
    if (!(key in DEFAULTS)) continue;
    const plain = DEFAULTS[key as keyof Options];
    if (key === "replay" || key === "with" || key === "theme") found[key] = text;
    else if (typeof plain === "boolean") found[key] = text !== "0" && text !== "false";
    else if (text !== "" && Number.isFinite(Number(text))) found[key] = Number(text);
  }
  return found as Partial<Options>;
}

export function toLink(options: Partial<Options>): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(options)) {
    if (value === DEFAULTS[key as keyof Options] || value === null || value === "") continue;
    query.set(key, typeof value === "boolean" ? (value ? "1" : "0") : String(value));
  }
  return `#${query}`;
}
