/** The same in the orchestrator's own process, but for what only a process can contain: each such case says why. */
import { hazardsIn } from './suite.ts';

hazardsIn('in-process', 600);
