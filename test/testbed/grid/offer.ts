/** Which axes of the grid the system offers, by what service and agent say of themselves; what it does not has its reason. */

import { encodings } from '../../../src/wire/index.js';
import { programs, run, type Service } from '../../support/processes.js';
import type { Mode, Precision } from './grid.js';

export interface Offer {
  readonly modes: readonly Mode[];
  /** Whether an agent can be told how many frames are in flight. */
  readonly hasObjective: boolean;
  readonly precisions: readonly Precision[];
  /** A sentence for each part of the grid that cannot be measured. */
  readonly skipped: readonly string[];
}

interface Document {
  readonly paths: Readonly<Record<string, unknown>>;
}

export async function offerOf(service: Service): Promise<Offer> {
  const { paths } = await service.request<Document>('GET', '/openapi.json');
  const hasPolicy = JSON.stringify(paths['/api/v1/models/{id}'] ?? {}).includes('"policy"');
  const agent = run('agent', { file: programs.agent, args: ['--help'] });
  await agent.exited;
  const hasObjective = agent.lines.some((line) => line.includes('--objective'));
  const names: readonly string[] = encodings;
  return {
    hasObjective,
    modes: hasObjective ? ['frames', 'stream'] : ['frames'],
    precisions: hasPolicy ? ['exact', 'int8'] : ['exact'],
    skipped: [
      ...(hasObjective ? [] : ['camera streams: the agent runs one frame at a time']),
      ...(hasPolicy ? [] : ['int8: a model has no policy, so tensors travel exactly']),
      ...(names.includes('jpeg') ? [] : ['cloud-only as JPEG: pictures travel as 8-bit pixels']),
    ],
  };
}

/** What an agent is told of a mode, where it can be told. */
export function modeArgs(mode: Mode, { hasObjective }: Offer): string[] {
  if (!hasObjective) return [];
  return mode === 'stream'
    ? ['--objective', 'stream']
    : ['--objective', 'frame', '--in-flight', '1'];
}
