/** Frames on standard output: a readable line each, or one JSON object a line. */
import { type FrameReport, reportJson, reportLine } from './frame-report.js';

/** Writes one report; a reader that went away is no reason to stop. */
export function framePrinter(
  { json, outputs }: { json: boolean; outputs: boolean },
  write: (text: string) => void,
): (report: FrameReport) => void {
  let number = 0;
  return (report) => {
    number += 1;
    write(
      json ? `${JSON.stringify(reportJson(report, outputs))}\n` : `${reportLine(report, number)}\n`,
    );
  };
}
