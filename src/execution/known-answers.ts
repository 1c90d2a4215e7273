/** What the type checker said of scripts that come again: the same text against the same API needs no second look. */
import type { ApiDescription } from '../checking/api-description.ts';
import type { CheckReport, Unchecked } from '../checking/script-checker.ts';

type Answer = CheckReport | Unchecked;

const answersMax = 100;
/** Longer scripts are seldom run twice, and would fill the memory. */
const charactersMax = 20_000;

export class KnownAnswers {
  #api: ApiDescription | undefined;
  /** By all that was asked; the last used last. */
  readonly #answers = new Map<string, Promise<Answer>>();

  /** Those who ask the same at the same time share one answer. A check that did not take place is not remembered. */
  answer(api: ApiDescription, question: string, check: () => Promise<Answer>): Promise<Answer> {
    if (question.length > charactersMax) return check();
    if (api !== this.#api) this.#answers.clear();
    this.#api = api;
    const known = this.#answers.get(question);
    this.#answers.delete(question);
    const answer = known ?? this.#ask(question, check);
    this.#answers.set(question, answer);
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= answersMax) break;
      this.#answers.delete(oldest);
    }
    return answer;
  }

  #ask(question: string, check: () => Promise<Answer>): Promise<Answer> {
    const asked = check();
    const forget = () => {
      if (this.#answers.get(question) === asked) this.#answers.delete(question);
    };
    asked.then((answer) => 'unchecked' in answer && forget(), forget);
    return asked;
  }
}
