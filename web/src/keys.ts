// Keys: what each key does; the help page lists the same table.
import type { Viewer } from "./viewer.svelte";

interface Key {
  keys: string[];
  shown: string;
  does: string;
  act: (viewer: Viewer) => void;
}

const pan = (dx: number, dy: number) => (viewer: Viewer) => {
  const { plane } = viewer;
  if (!plane) return;
  viewer.follow = false;
  plane.camera.x += (dx * plane.width) / plane.camera.zoom / 12;
  plane.camera.y += (dy * plane.height) / plane.camera.zoom / 12;
  viewer.isDirty = true;
};

const zoom = (factor: number) => (viewer: Viewer) => {
  viewer.plane?.zoomAt(viewer.plane.width / 2, viewer.plane.height / 2, factor);
  viewer.isDirty = true;
};

export const KEYS: Key[] = [
  { keys: [" "], shown: "Space", does: "play or pause", act: (viewer) => viewer.toggle() },
  { keys: ["]", "."], shown: "] .", does: "one step on", act: (viewer) => viewer.step(1) },
  { keys: ["[", ","], shown: "[ ,", does: "one step back", act: (viewer) => viewer.step(-1) },
  { keys: ["PageDown"], shown: "PgDn", does: "100 ticks on", act: (viewer) => void viewer.goTo(viewer.clock + 100) },
  { keys: ["PageUp"], shown: "PgUp", does: "100 ticks back", act: (viewer) => void viewer.goTo(viewer.clock - 100) },
  { keys: ["Home"], shown: "Home", does: "first tick", act: (viewer) => void viewer.goTo(viewer.first) },
  { keys: ["End"], shown: "End", does: "last tick", act: (viewer) => void viewer.goTo(viewer.last) },
  { keys: ["-", "<"], shown: "−", does: "slower", act: (viewer) => viewer.changeSpeed(-1) },
  { keys: ["=", "+", ">"], shown: "=", does: "faster", act: (viewer) => viewer.changeSpeed(1) },
  { keys: ["n"], shown: "n", does: "next agent", act: (viewer) => viewer.next(1) },
  { keys: ["p", "N"], shown: "p", does: "previous agent", act: (viewer) => viewer.next(-1) },
  {
    keys: ["f"], shown: "f", does: "follow the selected agent",
    act: (viewer) => {
      if (viewer.agent === null) viewer.select(0);
      viewer.follow = !viewer.follow;
    },
  },
  { keys: ["v"], shown: "v", does: "see through its eyes", act: (viewer) => viewer.flip("eyes") },
  { keys: ["o"], shown: "o", does: "areas and who owns them", act: (viewer) => viewer.flip("areas") },
  { keys: ["h"], shown: "h", does: "heat map: where agents were", act: (viewer) => viewer.flip("heat") },
  { keys: ["r"], shown: "r", does: "trail of the selected agent", act: (viewer) => viewer.flip("trail") },
  { keys: ["u"], shown: "u", does: "show or hide what players do not know, on a chart", act: (viewer) => viewer.flip("truth") },
  { keys: ["g"], shown: "g", does: "grid", act: (viewer) => viewer.flip("grid") },
  { keys: ["m"], shown: "m", does: "small map", act: (viewer) => viewer.flip("minimap") },
  { keys: ["w", "ArrowUp"], shown: "w a s d, arrows", does: "move the view", act: pan(0, -1) },
  { keys: ["a", "ArrowLeft"], shown: "", does: "", act: pan(-1, 0) },
  { keys: ["s", "ArrowDown"], shown: "", does: "", act: pan(0, 1) },
  { keys: ["d", "ArrowRight"], shown: "", does: "", act: pan(1, 0) },
  { keys: ["z"], shown: "z", does: "nearer", act: zoom(1.3) },
  { keys: ["x"], shown: "x", does: "farther", act: zoom(1 / 1.3) },
  {
    keys: ["0"], shown: "0", does: "the whole map",
    act: (viewer) => {
      viewer.follow = false;
      if (viewer.head && viewer.frame) viewer.plane?.fit(viewer.head, viewer.frame);
      viewer.isDirty = true;
    },
  },
  { keys: ["t"], shown: "t", does: "light or dark", act: (viewer) => viewer.dress(viewer.theme === "dark" ? "light" : "dark") },
  { keys: ["l"], shown: "l", does: "open another replay", act: (viewer) => void viewer.browse() },
  { keys: ["c"], shown: "c", does: "another replay beside this one, or this one alone", act: (viewer) => !viewer.alone && viewer.beside() },
  { keys: ["?"], shown: "?", does: "this page", act: (viewer) => (viewer.panel = viewer.panel === "help" ? "" : "help") },
  {
    keys: ["Escape"], shown: "Esc", does: "close, or select nothing",
    act: (viewer) => {
      if (viewer.panel) viewer.panel = "";
      else if (viewer.error) viewer.error = "";
      else {
        viewer.select(null);
        viewer.thing = null;
      }
    },
  },
];

export function press(viewer: Viewer, event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || target.matches("input, select, textarea")) return;
  if (event.key === " " && target.matches("button, summary, a")) return; // there it presses what has the focus
  if (viewer.live?.steer(event.key)) return event.preventDefault();
  const found = KEYS.find((key) => key.keys.includes(event.key));
  if (!found) return;
  event.preventDefault();
  found.act(viewer);
}
