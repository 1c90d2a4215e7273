/** What kind of thing a query asks to be done, and a tool does: nobody who wants to look at something wants to delete it. */
import type { Tool } from './tool.ts';

export type Action = 'read' | 'create' | 'update' | 'delete' | 'send' | 'run';

const verbs: Readonly<Record<Action, string>> = {
  read: `open get list show view find search read fetch query look display describe see tell give check count lookup retrieve browse
    explore inspect locate explain compare summarize monitor watch download diff resolve analyze export calculate`,
  create: `create add make new insert generate open start register build write save store put upload append fork copy clone duplicate
    schedule book draft compose produce provision invite import init attach connect link relate join record commit subscribe`,
  update: `update edit modify change set rename move patch replace alter adjust put configure enable disable assign switch merge
    close reopen mark resize scale rewrite restore revert reset fix convert write save upsert rotate accept approve record commit stage unstage undo resolve`,
  delete: `delete remove drop destroy erase clear purge uninstall cancel unset stop terminate kill revoke discard wipe teardown cleanup
    unpublish strip detach disconnect unlink unset`,
  send: `send post publish push notify broadcast reply message submit share email forward respond answer announce`,
  run: `run execute call invoke trigger launch perform start deploy apply install evaluate test click press type build`,
};

const actions = new Map<string, Action[]>();
for (const [action, words] of Object.entries(verbs))
  for (const word of words.split(/\s+/)) actions.set(word, [...(actions.get(word) ?? []), action as Action]);

/** By its first verb; a question asks to be shown something. Empty where it is not known. */
export function actionsOfQuery(query: string): readonly Action[] {
  const words =
    query
      .toLowerCase()
      .match(/[a-z]+/g)
      ?.slice(0, 12) ?? [];
  const isHow = words[0] === 'how' && /^(?:do|to|can|could|would|should)$/.test(words[1] ?? '');
  if (
    !isHow &&
    /^(?:what|which|who|whom|whose|when|where|how|is|are|was|were|does|did|has|have)$/.test(words[0] ?? '')
  )
    return ['read'];
  for (const word of words) {
    const found = actions.get(word);
    if (found) return found;
  }
  return [];
}

/** By the verb in its name, else that its description begins with, else what it says of itself. */
export function actionsOfTool(tool: Tool, nameWords: readonly string[]): readonly Action[] {
  for (const word of nameWords) {
    const found = actions.get(word);
    if (found) return found;
  }
  const first = /[a-z]+/i.exec(tool.definition.description ?? '')?.[0].toLowerCase() ?? '';
  const found =
    actions.get(first) ?? actions.get(first.replace(/s$/, '')) ?? actions.get(first.replace(/es$/, ''));
  if (found) return found;
  return tool.effect === 'read' ? ['read'] : [];
}

/** What a tool's score is multiplied by. */
export function agreement(asked: readonly Action[], does: readonly Action[]): number {
  if (asked.length === 0 || does.length === 0) return 1;
  if (asked.some((action) => does.includes(action))) return agreeing;
  // What takes away is seldom meant by those who do not say so.
  return asked.includes('delete') || does.includes('delete') ? taking : differing;
}

const agreeing = 1.1;
const taking = 0.6;
const differing = 0.85;
