/** `search QUERY`: tools by what they do. */
import { type FoundTools, searchAnswer } from '../server/tool-search.ts';
import { printable } from '../text.ts';
import { exitCodes } from './exit-codes.ts';
import { type CommonOptions, interruptible, withSession } from './session.ts';
import { ProgressLine, paint } from './terminal.ts';

export interface SearchOptions extends CommonOptions {
  readonly max: number;
  readonly regex?: boolean;
  readonly server?: string;
  readonly readOnly?: boolean;
  readonly hasOutputSchema?: boolean;
  readonly detail: 'compact' | 'full';
  readonly json?: boolean;
}

/** Exit code 0 also where nothing is found. @throws OrchestratorError for a pattern that cannot be used */
export async function search(words: readonly string[], options: SearchOptions): Promise<void> {
  const { max, regex, server, readOnly, hasOutputSchema, detail, json } = options;
  await withSession(options, async ({ config, orchestrator, signal }) => {
    const progress = new ProgressLine();
    progress.show('asking servers that have never answered ...');
    const request = {
      query: words.join(' '),
      resultsMax: max,
      isRegex: regex,
      server,
      readOnly,
      hasOutputSchema,
      signal,
    };
    try {
      // One that is slow is given up by its own time limit.
      await orchestrator.catalog.firstAnswers(config.limits.connectMsMax, server, signal);
      if (signal.aborted) return exitCodes.interrupted;
      const found = await interruptible(searchAnswer(orchestrator, request, detail), signal);
      progress.clear();
      if (json) process.stdout.write(`${printable(JSON.stringify(found), process.stdout)}\n`);
      else print(found);
      return exitCodes.success;
    } finally {
      progress.clear();
    }
  });
}

function print({ tools, total_matches, note, hint }: FoundTools): void {
  const { stdout } = process;
  for (const { name, signature, description, declaration } of tools) {
    stdout.write(`${paint('bold', printable(name, stdout), stdout)}\n`);
    if (declaration === undefined) {
      if (description !== '') stdout.write(`  ${printable(description, stdout)}\n`);
      stdout.write(`  ${paint('dim', printable(signature, stdout), stdout)}\n`);
    } else stdout.write(`${printable(declaration, stdout).replace(/^/gm, '  ').trimEnd()}\n`);
  }
  for (const text of [note, hint]) if (text !== undefined) console.error(printable(text, process.stderr));
  if (total_matches > tools.length)
    console.error(
      paint('dim', `${tools.length} of ${total_matches} that match; --max shows more`, process.stderr),
    );
}
