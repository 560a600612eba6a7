// Sources: where replays come from: the server that served this page, or the page itself.
import { type Frame, type Head, type Overview, type Piece, type Source, type Statistics, unfolded } from "./replay";

export interface Listed {
  name: string;
  bytes?: number;
  changed?: number;
  mission?: string;
  label?: string;
  seats?: string[];
  ticks?: number;
  return?: number;
  problem?: string;
}

// The answer's JSON; an Error with the server's own sentence if it is none.
async function answer<T>(path: string, options?: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("The server does not answer: is `coterie replay` still running?");
  }
  const data = await response.json().catch(() => null);
  if (!response.ok) throw new Error(data?.error ?? data?.detail?.[0]?.msg ?? `The server says ${response.status}.`);
  return data as T;
}

export function served(name: string): Source {
  const query = (path: string, values: Record<string, number> = {}) =>
    `api/${path}?${new URLSearchParams({ replay: name, ...(values as unknown as Record<string, string>) })}`;
  return {
    head: async (tick) => {
      const { frame, ...head } = await answer<Head & { frame: Piece }>(query("head", { tick }));
      return { head, frame: unfolded(frame)[0]! };
    },
    frames: async (first, count, stride) => unfolded(await answer<Piece>(query("frames", { first, count, stride }))),
    overview: (points) => answer<Overview>(query("overview", { points })),
    statistics: (tick) => answer<Statistics>(query("statistics", { tick })),
  };
}

export interface Parting {
  tick: number | null; // the first at which the two show different worlds
  lines: string[];
}

export const parted = (replay: string, other: string) =>
  answer<Parting>(`api/parting?${new URLSearchParams({ replay, with: other })}`);

export const listed = () => answer<Listed[]>("api/replays");

export async function given(file: File): Promise<string> {
  const headers = { "content-type": "application/octet-stream" };
  const path = `api/replays?name=${encodeURIComponent(file.name)}`;
  return (await answer<{ name: string }>(path, { method: "POST", headers, body: file })).name;
}

interface Embedded {
  head: Head;
  overview: string;
  statistics: Statistics;
  pieces: string[];
}

async function unpacked<T>(text: string): Promise<T> {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return (await new Response(stream).json()) as T;
}

// The replay inside this page, if there is one.
export function embedded(): Source | null {
  const text = document.getElementById("embedded")?.textContent;
  if (!text) return null;
  const data = JSON.parse(text) as Embedded;
  const { head } = data;
  const span = head.piece * head.stride;
  return {
    head: async () => ({ head: { ...head, name: "" } }),
    frames: async (first, count, stride) => {
      const frames: Frame[] = [];
      const step = Math.max(stride, head.stride);
      const end = Math.min(first + (count - 1) * step, head.last);
      for (let number = Math.floor((first - head.first) / span); head.first + number * span <= end; number++)
        for (const frame of unfolded(await unpacked<Piece>(data.pieces[number]!)))
          if (frame.tick >= first && frame.tick <= end && (frame.tick - first) % step === 0) frames.push(frame);
      return frames;
    },
    overview: () => unpacked<Overview>(data.overview),
    statistics: async () => data.statistics,
  };
}
