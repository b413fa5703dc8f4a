/**
 * Runs commands of the cloud once and reports their outcome. A command that comes again, because a report
 * was lost, does not run again: its report is sent again. The restarted agent reports the restart.
 */
import { type Command, type CommandReport, Fault } from '../../../src/wire/index.js';
import type { CloudSession } from '../cloud/mqtt/cloud-session.js';
import type { DocumentStore } from '../disk/document-store.js';
import type { ProfileUpkeep } from '../frames/plan/profile-upkeep.js';
import { errorText, type LeveledLog } from '../log.js';

/** Commands whose reports are kept for when they come again. */
const REMEMBERED = 100;

export interface CommandParts {
  readonly session: CloudSession;
  readonly profileUpkeep: ProfileUpkeep;
  readonly documents: DocumentStore;
  readonly log: LeveledLog;
  /** Ends the agent in order, to restart. */
  readonly restart: () => void;
}

/** Outcome of a command: a sentence; undefined for one that the restarted agent will report. */
type Outcome = string | undefined;

export class Commands {
  private readonly reports = new Map<string, CommandReport>();

  constructor(private readonly parts: CommandParts) {
    parts.session.on('command', (command) => this.take(command));
    parts.session.on('ready', () => this.reportRestart());
    const restarted = parts.documents.read('restart');
    if (restarted !== undefined) this.remember(this.reportOf(restarted.command, 'done', RESTARTED));
  }

  private take(command: Command): void {
    const known = this.reports.get(command.id);
    if (known !== undefined) this.report(known);
    if (known !== undefined || command.expiresInMs <= 0) return;
    this.parts.log.info(`command ${command.id}: ${command.kind}`);
    this.report(this.remember(this.reportOf(command.id, 'accepted')));
    this.execute(command).then(
      (result) => {
        if (result !== undefined) {
          this.report(this.remember(this.reportOf(command.id, 'done', result)));
        }
      },
      (error: unknown) => this.fail(command, error),
    );
  }

  private async execute(command: Command): Promise<Outcome> {
    const { profileUpkeep, documents, log, restart } = this.parts;
    switch (command.kind) {
      case 'ping':
        return `up for ${Math.round(process.uptime())} s`;
      case 'reprofile':
        return `${await profileUpkeep.measureAgain()} blocks were timed`;
      case 'logLevel':
        log.setLevel(command.level);
        return `lines of ${command.level} and above are logged`;
      case 'restart':
        documents.write('restart', { command: command.id });
        restart();
        return undefined;
    }
  }

  private fail({ id, kind }: Command, error: unknown): void {
    const fault = error instanceof Fault ? error : new Fault('INTERNAL', errorText(error));
    this.parts.log.error(`command ${id}: ${kind} failed: ${fault.message}`);
    const short = { code: fault.code, message: fault.message.slice(0, 500) };
    this.report(this.remember({ ...this.reportOf(id, 'failed'), fault: short }));
  }

  private reportRestart(): void {
    const restarted = this.parts.documents.read('restart');
    const report = restarted && this.reports.get(restarted.command);
    if (report === undefined) return;
    this.report(report);
    this.parts.documents.remove('restart');
  }

  private reportOf(id: string, state: CommandReport['state'], result?: string): CommandReport {
    const at = new Date().toISOString();
    return { v: 1, id, at, state, ...(result !== undefined && { result }) };
  }

  private remember(report: CommandReport): CommandReport {
    this.reports.set(report.id, report);
    for (const oldest of this.reports.keys()) {
      if (this.reports.size <= REMEMBERED) break;
      this.reports.delete(oldest);
    }
    return report;
  }

  /** What is lost with the connection is said again when the cloud repeats the command. */
  private report(report: CommandReport): void {
    this.parts.session
      .publish('commandReport', report)
      .catch((error: unknown) => this.parts.log.debug(errorText(error)));
  }
}

const RESTARTED = 'the agent restarted';
