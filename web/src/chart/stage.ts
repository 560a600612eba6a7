// Stage: what a game's view declares when it draws the stage itself: spots on a chart, panels beside it, deeds of a pilot.
import type { Frame, Head } from "../replay";

// What can be pointed at and pressed, in the units of the chart.
export interface Spot {
  id: string;
  x: number;
  y: number;
  radius: number;
  label: string;
  tip: string[];
  deed?: number; // the action a pilot takes by pressing it
}

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Picture {
  head: Head;
  frame: Frame;
  before: Frame | undefined;
  share: number; // of the way from `before` to `frame`
  seconds: number; // of the clock, for what turns and glimmers
  zoom: number; // pixels a unit
  view: Box; // what of the chart is to be seen
  dark: boolean;
  hover: string; // the id of the spot under the pointer
  truth: boolean; // whether what no player knows is shown
}

export interface Gauge {
  label: string;
  text: string;
  share: number;
  colour: string;
  warns?: boolean;
}

export interface Part {
  label: string;
  text: string;
  share: number; // of the whole
  colour: string;
}

// A bar from 0 to 1 with what is not certain of it, and what is true.
export interface Bar {
  value: number;
  spread?: number;
  truth?: number | undefined;
  colour: string;
}

export interface Row {
  id: string;
  label: string;
  tip: string;
  on?: boolean;
  gone?: boolean;
  deed?: number;
  columns: (Bar[] | Bar | string)[];
}

export type Panel =
  | { kind: "facts"; title: string; facts: [string, string][]; note?: string }
  | { kind: "gauges"; title: string; gauges: Gauge[]; note?: string }
  | { kind: "stack"; title: string; parts: Part[]; note?: string }
  | { kind: "rows"; title: string; columns: string[]; rows: Row[]; note?: string }
  | { kind: "curves"; title: string; note?: string }; // those of that field over time

// A field of the scene that the scenery has gathered over time.
export interface Curve {
  field: string;
  label: string;
  most?: string; // the field of the scenery that says of what the amounts are shares
}

export interface Deed {
  action: number;
  label: string;
  hint?: string;
  asks?: string; // what a person is asked before
}

export interface Deeds {
  title: string;
  rows: { label?: string; colour?: string; deeds: Deed[] }[];
}

export interface StageView {
  bounds(head: Head): Box;
  spots(head: Head, frame: Frame, truth: boolean): Spot[];
  draw(ctx: CanvasRenderingContext2D, picture: Picture): void;
  caption(head: Head, frame: Frame): string;
  describe(head: Head, frame: Frame): string; // the picture in words
  panels(head: Head, frame: Frame, truth: boolean): Panel[];
  deeds(head: Head, frame: Frame): Deeds[];
  curves: Curve[];
  marks: Record<string, { label: string; colour: string }>; // of what the scene counts, for the timeline
}

// Whoever plays a seat from the page: what is open to it, and the way to choose.
export interface Pilot {
  seat: number;
  legal: readonly boolean[]; // by number of the action
  act(action: number): void;
}
