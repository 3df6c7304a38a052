import type { ArmSummary, SizeSummary } from "./bulk-summary.ts";

const LABEL_WIDTH = 140;
const BAR_WIDTH = 420;
const VALUE_WIDTH = 160;
const BAR = 16;
const GAP = 6;
const TITLE = 34;
const SPACE = 18;

/** Colours that can be told apart on white and on black, and by those who see no red or green. */
const COLOURS: Readonly<Record<string, string>> = {
  seed: "#8c8c8c",
  webhooks: "#c98500",
  floor: "#6d9ad1",
  "member-sync": "#0f8a6a",
};

const STYLE = `
text { font: 12px system-ui, sans-serif; fill: #24292f; }
.title { font-weight: 600; }
.spread { stroke: #24292f; stroke-width: 1; }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .spread { stroke: #e6edf3; } }
`;

/** Changes per second of each arm as horizontal bars, one group for each size; a line over the bar from the slowest round to the fastest. */
export function plot(sizes: readonly SizeSummary[]): string {
  let top = 0;
  const groups = sizes.map((size) => {
    const drawn = `<g transform="translate(0 ${top})">${groupOf(size)}</g>`;
    top += TITLE + size.arms.length * (BAR + GAP) + SPACE;
    return drawn;
  });
  const width = LABEL_WIDTH + BAR_WIDTH + VALUE_WIDTH;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}" viewBox="0 0 ${width} ${top}" role="img" aria-label="Changes per second of each arm">`,
    `<style>${STYLE}</style>`,
    ...groups,
    "</svg>",
    "",
  ].join("\n");
}

function groupOf({ members, changes, delayMs, arms }: SizeSummary): string {
  const most = Math.max(...arms.map(({ perSecond }) => perSecond.max));
  const title = `${whole(changes)} changes each way, ${whole(members)} members, Django at ${delayMs} ms: changes per second`;
  const bars = arms.map((arm, at) => barOf(arm, TITLE + at * (BAR + GAP), BAR_WIDTH / most));
  return [`<text class="title" x="0" y="${TITLE - 14}">${title}</text>`, ...bars].join("");
}

function barOf({ label, perSecond: { median, min, max } }: ArmSummary, y: number, scale: number): string {
  const middle = y + BAR / 2;
  const x = (value: number) => (LABEL_WIDTH + value * scale).toFixed(1);
  const colour = Object.entries(COLOURS).find(([name]) => label.startsWith(name))?.[1] ?? "#8c8c8c";
  return [
    `<text x="${LABEL_WIDTH - 8}" y="${middle + 4}" text-anchor="end">${label}</text>`,
    `<rect x="${LABEL_WIDTH}" y="${y}" width="${(median * scale).toFixed(1)}" height="${BAR}" rx="2" fill="${colour}"/>`,
    `<line class="spread" x1="${x(min)}" x2="${x(max)}" y1="${middle}" y2="${middle}"/>`,
    `<text x="${Number(x(Math.max(median, max))) + 8}" y="${middle + 4}">${whole(median)}</text>`,
  ].join("");
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en");
}
