/** Runs the tools of the system (ip, tc); an error carries their last lines. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Runs one command line, its words apart by blanks, to its end; what it printed. Throws naming it and what it said. */
export async function tool(line: string): Promise<string> {
  const [command = '', ...words] = line.split(' ');
  try {
    return (await execute(command, words)).stdout;
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Error(`${line}: ${stderr?.trim() || message}`, { cause: error });
  }
}
