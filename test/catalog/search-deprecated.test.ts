/** Which tools say of themselves that another one is to be used, and where they are found then. */
import { expect, it } from 'vitest';
import { isDeprecated } from '../../src/catalog/search-deprecated.ts';
import { SearchIndex } from '../../src/catalog/search-index.ts';
import { rank } from '../../src/catalog/search-ranking.ts';
import { catalogue, tool } from '../codegen/support.ts';

it.each([
  'Read the complete contents of a file as text. DEPRECATED: Use read_text_file instead.',
  'Deprecated compatibility entry point. Use scrape instead.',
  '\nDeprecated. Use other.',
  '[deprecated] Reads a file',
  '**Deprecated**: reads a file',
  'Reads a file (deprecated, use read_text)',
  'Reads a file. This tool is deprecated.',
  'Reads a file. This tool has been superseded by read_text.',
  'Obsolete: use the other one.',
])('%j says so', (description) => {
  expect(isDeprecated({ description })).toBe(true);
});

it.each([
  '',
  'Lists deprecated APIs of a project.',
  'Deprecated APIs of a project, with what to use instead.',
  'Mark a package version as deprecated.',
  'Finds calls of functions that are deprecated.',
  'Set the flag deprecated to hide a version.',
  'Replaces the text of a file.',
])('%j does not', (description) => {
  expect(isDeprecated({ description })).toBe(false);
});

it('it stands behind its like, and first where it is named', () => {
  const index = new SearchIndex();
  const servers = catalogue([
    {
      name: 'filesystem',
      tools: [
        tool(
          'read_file',
          {},
          { description: 'Read the contents of a file as text. DEPRECATED: Use read_text_file instead.' },
        ),
        tool(
          'read_text_file',
          {},
          { description: 'Read the contents of a file from the file system as text.' },
        ),
        tool('list_directory', {}, { description: 'List what is in a directory.' }),
      ],
    },
  ]);
  for (const one of servers.flatMap(({ tools }) => tools)) index.add(one);
  const found = (query: string) => rank(index, query, () => true).map(({ tool: { name } }) => name);
  expect(found('read a file').slice(0, 2)).toEqual(['read_text_file', 'read_file']);
  expect(found('read_file')[0]).toBe('read_file');
});
