/** Reports of desired documents: applied, or refused and why. One lost with its connection comes again, as the cloud repeats its documents. */
import type { Fault, Reported } from '../../../../src/wire/index.js';
import type { CloudSession } from '../../cloud/mqtt/cloud-session.js';
import { errorText, type Log } from '../../log.js';

const TEXT_CHARACTERS = 500;

/** What a report holds in addition to the version. */
interface Outcome {
  /** Why the document was refused. */
  readonly fault?: Fault;
  /** The cut of the plan that frames follow now. */
  readonly cut?: number;
}

export class DocumentReports {
  constructor(
    private readonly session: CloudSession,
    private readonly log: Log,
  ) {}

  /** Sends that a version is applied, or refused where the outcome has a fault. */
  send(
    name: 'reportedModel' | 'reportedPlan',
    version: number,
    { fault, cut }: Outcome = {},
  ): void {
    const cause = fault && { code: fault.code, message: fault.message.slice(0, TEXT_CHARACTERS) };
    const reported: Reported = {
      v: 1,
      version,
      at: new Date().toISOString(),
      state: fault === undefined ? 'applied' : 'refused',
      ...(cause && { fault: cause }),
      ...(cut !== undefined && { cut }),
    };
    this.session
      .publish(name, reported)
      .catch((error: unknown) => this.log.debug(errorText(error)));
  }
}
