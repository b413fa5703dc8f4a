/** What the charts of the testbed share: text that is safe in XML, the frame of a picture, colours. */

export const COLOURS = {
  device: '#3b6fb6',
  uplink: '#b5740f',
  cloud: '#3f9b62',
  downlink: '#9a5bb0',
} as const;

export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** A picture of its own on white. */
export function picture(width: number, height: number, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

export function label(x: number, y: number, text: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escapeXml(text)}</text>`;
}

export function bar(
  x: number,
  y: number,
  width: number,
  height: number,
  fill: string,
  title: string,
): string {
  const shape = `x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${Math.max(0, width).toFixed(1)}" height="${height}"`;
  return `<g><title>${escapeXml(title)}</title><rect ${shape} fill="${fill}"/></g>`;
}
