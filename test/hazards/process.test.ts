/** Everything a script can do, contained by a process of its own. */
import { hazardsIn } from './suite.ts';

hazardsIn('process', 150);
